/** Where a Redis is and how to get in, as REDIS_URL says it. */
export type RedisDescription =
  | { mode: 'single'; endpoint: Endpoint; tls: boolean; access: Access }
  | { mode: 'socket'; path: string; access: Access }
  | {
      mode: 'sentinel'
      sentinels: Endpoint[]
      name: string
      tls: boolean
      access: Access
      sentinelAccess: Credentials
    }
  | { mode: 'cluster'; nodes: Endpoint[]; tls: boolean; access: Access }

export type Endpoint = { host: string; port: number }
export type Credentials = { username: string | null; password: string | null }
export type Access = Credentials & { database: number }
