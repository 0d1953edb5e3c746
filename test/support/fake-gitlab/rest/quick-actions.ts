/** Commands that GitLab runs when a line of a note starts with them: a selection of those that change something. */
const commands = new Set([
  'approve',
  'assign',
  'assign_reviewer',
  'award',
  'blocked_by',
  'cc',
  'clear_health_status',
  'clear_weight',
  'close',
  'confidential',
  'copy_metadata',
  'create_merge_request',
  'done',
  'draft',
  'due',
  'duplicate',
  'epic',
  'estimate',
  'invite_email',
  'iteration',
  'label',
  'labels',
  'link',
  'lock',
  'merge',
  'milestone',
  'move',
  'promote',
  'promote_to',
  'publish',
  'react',
  'ready',
  'reassign',
  'reassign_reviewer',
  'rebase',
  'relabel',
  'relate',
  'remove_assignee',
  'remove_due_date',
  'remove_label',
  'remove_milestone',
  'remove_reviewer',
  'reopen',
  'request_changes',
  'request_review',
  'shrug',
  'spend',
  'spend_time',
  'submit_review',
  'subscribe',
  'tableflip',
  'tag',
  'target_branch',
  'title',
  'todo',
  'type',
  'unapprove',
  'unassign',
  'unassign_reviewer',
  'unlabel',
  'unlock',
  'unsubscribe',
  'weight',
  'wip',
  'zoom',
])

const fence = /^ {0,3}(`{3,}|~{3,})/

/** Lines outside of fenced code, from which alone commands are read. */
const linesOutsideCode = (body: string): string[] => {
  let open: string | null = null
  return body.split(/\r\n|\r|\n/).filter((line) => {
    const mark = fence.exec(line)?.[1]
    if (open === null && mark === undefined) return true
    if (open === null) open = mark ?? null
    else if (mark?.startsWith(open) && line.trim() === mark) open = null
    return false
  })
}

export const quickActionsIn = (body: string): string[] =>
  linesOutsideCode(body).filter((line) => commands.has(/^\/([a-z_]+)(\s|$)/.exec(line)?.[1] ?? ''))

/** Nothing but commands: GitLab then makes no note. */
export const isOnlyCommands = (body: string): boolean => {
  const lines = body.split('\n').filter((line) => line.trim() !== '')
  return lines.length > 0 && quickActionsIn(body).length === lines.length
}
