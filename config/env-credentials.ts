/** What the environment has of tokens and secrets; complaints never repeat them. */

import type { Reader } from './env-reader.ts'
import { isHeaderText, isSendable, isSigningToken, KEY_BYTES, listOf } from './env-values.ts'

export const readToken = (reader: Reader): string => {
  const token = reader.text('GITLAB_TOKEN')
  if (token === null) {
    reader.complain(
      'GITLAB_TOKEN is missing: create an access token with scope api and role Developer or higher ' +
        '(in GitLab: the project or group, Settings > Access tokens) and set the variable to it',
    )
    return ''
  }
  if (!isSendable(token)) reader.complain('GITLAB_TOKEN has blanks or characters that no token has: copy it again')
  return token
}

const notInHeader = 'has characters that no HTTP header carries unchanged'

const ordinal = (index: number, of: readonly unknown[]): string => (of.length > 1 ? ` (number ${index + 1})` : '')

export const readCredentials = (reader: Reader): { webhookSecrets: string[]; signingTokens: string[] } => {
  const webhookSecrets = listOf(reader.text('GITLAB_WEBHOOK_SECRET'))
  const signingTokens = listOf(reader.text('GITLAB_WEBHOOK_SIGNING_TOKEN'))
  if (webhookSecrets.length + signingTokens.length === 0) {
    reader.complain(
      'GITLAB_WEBHOOK_SECRET or GITLAB_WEBHOOK_SIGNING_TOKEN is missing: set one of them to what the webhook has ' +
        '(in GitLab: Settings > Webhooks, Secret token or Signing token)',
    )
  }
  for (const [index, secret] of webhookSecrets.entries()) {
    if (isHeaderText(secret)) continue
    const which = `GITLAB_WEBHOOK_SECRET${ordinal(index, webhookSecrets)}`
    reader.complain(`${which} ${notInHeader}: make one with openssl rand -hex 32`)
  }
  for (const [index, token] of signingTokens.entries()) {
    if (isSigningToken(token)) continue
    const which = `GITLAB_WEBHOOK_SIGNING_TOKEN${ordinal(index, signingTokens)}`
    reader.complain(
      `${which} is not whsec_ followed by ${KEY_BYTES.least} to ${KEY_BYTES.most} bytes in base64: copy it again`,
    )
  }
  return { webhookSecrets, signingTokens }
}

export const readBotToken = (reader: Reader): string | null => {
  const token = reader.text('SLACK_BOT_TOKEN')
  if (token === null || (token.startsWith('xoxb-') && isSendable(token))) return token
  reader.complain(
    'SLACK_BOT_TOKEN does not start with xoxb-: take the Bot User OAuth Token (in Slack: your app, OAuth & Permissions)',
  )
  return token
}

export const readDashboardToken = (reader: Reader): string | null => {
  const token = reader.text('DASHBOARD_TOKEN')
  if (token !== null && !isHeaderText(token)) reader.complain(`DASHBOARD_TOKEN ${notInHeader}: use letters and digits`)
  return token
}
