import { afterEach, beforeEach, expect } from 'vitest'
import { type FakeGitLab, startFakeGitLab } from './fake-gitlab/index.ts'
import type { Project, User } from './fake-gitlab/types.ts'
import { startTestRedis, type TestRedis } from './redis.ts'

/** Where a story plays: a GitLab with one project, a developer, the bot's user, and a Redis. */
export type Place = Readonly<{
  gitlab: FakeGitLab
  redis: TestRedis
  project: Project
  /** A developer of the project. */
  author: User
  botUser: User
  /** The bot's token. */
  token: string
}>

async function createPlace(): Promise<Place> {
  const redis = await startTestRedis()
  const gitlab = await startFakeGitLab()
  const author = gitlab.addUser({ username: 'imke', name: 'Imke' })
  const project = gitlab.addProject({ path: 'meadow/orchard' })
  gitlab.addMember(project, author, 'developer')
  const { user: botUser, token } = gitlab.addBot(project)
  return { gitlab, redis, project, author, botUser, token }
}

/** A place for each test of the file or of the `describe`; nothing may have gone wrong on GitLab's side when it ends. */
export function usePlace(): Place {
  let current: Place | undefined

  beforeEach(async () => {
    current = await createPlace()
  })

  afterEach(async () => {
    const { gitlab, redis } = here()
    const { problems, quickActions } = gitlab
    await gitlab.close()
    await redis.stop()
    expect(problems).toEqual([])
    expect(quickActions).toEqual([])
  })

  function here(): Place {
    if (!current) throw new Error('there is a place during tests only')
    return current
  }

  return {
    get gitlab() {
      return here().gitlab
    },
    get redis() {
      return here().redis
    },
    get project() {
      return here().project
    },
    get author() {
      return here().author
    },
    get botUser() {
      return here().botUser
    },
    get token() {
      return here().token
    },
  }
}
