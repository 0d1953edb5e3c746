import { fieldsOf, flag, needNumber, needText, text } from './fields.ts'
import type { User } from './types.ts'

/** Users of access tokens (app/services/resource_access_tokens/create_service.rb). */
const tokenUser = /^(?:project|group)_\d{1,20}_bot/

export const parseUser = (value: unknown): User => {
  const fields = fieldsOf(value)
  const username = needText(fields, 'username')
  return {
    id: needNumber(fields, 'id'),
    username,
    name: text(fields, 'name') ?? username,
    bot: flag(fields, 'bot') || tokenUser.test(username),
  }
}

/** Stands in where GitLab names no author. */
export const nobody: User = { id: 0, username: 'ghost', name: 'Ghost User', bot: false }
