import type { Hook, HookTrigger } from '../hooks/types.ts'
import { hookTriggers } from '../hooks/types.ts'
import type { Project, Role, Scope, User } from '../types.ts'
import { newSecret, type World } from '../world.ts'

export type UserSpec = { username: string; name?: string; bot?: boolean; blocked?: boolean }

export const addUser = (world: World, spec: UserSpec): User => {
  const user: User = {
    id: world.nextId('user'),
    username: spec.username,
    name: spec.name ?? spec.username,
    email: `${spec.username}@users.example`,
    bot: spec.bot ?? false,
    blocked: spec.blocked ?? false,
  }
  world.users.push(user)
  return user
}

/** Who did what the story does not say by whom: the first person. */
export const somebody = (world: World): User => {
  const user = world.users.find((candidate) => !candidate.bot) ?? world.users[0]
  if (user === undefined) throw new Error('the story needs a person: call addUser first')
  return user
}

/** @returns The text of a personal access token. */
export const addToken = (world: World, user: User, scopes: Scope[] = ['api']): string => {
  const text = newSecret('glpat-')
  world.tokens.push({ text, user, scopes, revoked: false })
  return text
}

export const revokeToken = (world: World, text: string): void => {
  for (const token of world.tokens) if (token.text === text) token.revoked = true
}

/** A project access token makes a bot user with such a name and a role in that project alone. */
export const addBot = (world: World, project: Project, role: Role = 'developer') => {
  const username = newSecret(`project_${project.id}_bot_`)
  const user = addUser(world, { username, name: 'pipewarden', bot: true })
  project.members.set(user.id, role)
  return { user, token: addToken(world, user) }
}

export type HookSpec = {
  url: string
  token?: string
  signingToken?: string
  name?: string
  /** All that a bot could want, when left out. */
  events?: HookTrigger[]
}

export const newHook = (world: World, spec: HookSpec): Hook => ({
  id: world.nextId('hook'),
  url: spec.url,
  events: spec.events ?? [...hookTriggers],
  token: spec.token ?? null,
  signingToken: spec.signingToken ?? null,
  name: spec.name ?? null,
  createdAt: world.now(),
  recentFailures: 0,
})
