import { createStatusSetter } from './commit-status.ts'
import type { GitLabReader, GitLabWriter } from './faces.ts'
import { parseNote } from './parse-merge-request.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'
import { createCiWriter } from './write-ci.ts'
import { createPlanWriter } from './write-plan.ts'

/** Every write; whether it may be made is decided before. */
export const createWriter = ({ resources, reader }: { resources: Resources; reader: GitLabReader }): GitLabWriter => {
  const { mergeRequestNotes } = resources
  return {
    ...createCiWriter(resources),
    ...createPlanWriter(resources),
    createNote: async (project, iid, body) => {
      const path = `projects/${project}/merge_requests/${iid}/notes`
      return shaped('POST', path, await mergeRequestNotes.create(project, iid, body), parseNote)
    },
    updateNote: async (project, iid, note, body) => {
      const path = `projects/${project}/merge_requests/${iid}/notes/${note}`
      return shaped('PUT', path, await mergeRequestNotes.edit(project, iid, note, { body }), parseNote)
    },
    setCommitStatus: createStatusSetter(resources, reader),
  }
}
