import * as oauth from 'oauth4webapi'
import { retry } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import { textOf, withHeader, type Auth, type Credentials } from './auth.ts'
import type { AuthTools } from './auth-tools.ts'
import { endpointOf, extraFields, scopesOf } from './oauth2-endpoint.ts'
import { refusal, tokensOf } from './token-answer.ts'
import { TokenKeeper, type Tokens } from './token-keeper.ts'

/** OAUTH2, 2-legged (client credentials) and 3-legged (a person allowed it): bearer tokens that are renewed before they expire. */
export function oauth2(credentials: Credentials, tools: AuthTools): Auth {
  const keeper = oauth2Keeper(credentials, tools)
  return {
    sign: async (draft, signal) => {
      const { access_token: token } = await keeper.current(signal)
      return { ...withHeader(draft, 'authorization', `${prefixOf(credentials)} ${token}`), token }
    },
    renew: (refused, signal) => keeper.renew(refused.token, signal),
    token: async (signal) => (await keeper.current(signal)).access_token,
    secrets: () => keeper.secrets,
  }
}

export function oauth2Keeper(credentials: Credentials, tools: AuthTools): TokenKeeper {
  return new TokenKeeper(tools.shared, credentials, (before, signal) =>
    retry(() => obtain(credentials, tools, before, signal), signal === undefined ? {} : { signal }),
  )
}

function prefixOf(credentials: Credentials): string {
  return textOf(credentials, 'oauth2.token.type.override') ?? textOf(credentials, 'vendor.token_type') ?? 'Bearer'
}

/** Tokens that stand in the credential come first; then a refresh token is exchanged; then the application logs in by itself. */
async function obtain(
  credentials: Credentials,
  tools: AuthTools,
  before: Tokens | null,
  signal: AbortSignal | undefined,
): Promise<Tokens> {
  const given = textOf(credentials, 'vendor.access_token') ?? textOf(credentials, 'oauth2.access.token')
  const givenRefresh = textOf(credentials, 'vendor.refresh_token')
  if (before === null && given !== undefined)
    return { access_token: given, ...(givenRefresh === undefined ? {} : { refresh_token: givenRefresh }) }
  const refresh = before?.refresh_token ?? givenRefresh
  const three = textOf(credentials, 'oauth2.token_exchange_type') === '3-legged'
  const url =
    (refresh === undefined ? undefined : textOf(credentials, 'vendor.refresh_url')) ??
    textOf(credentials, 'oauth2.access.token.url')
  if (url === undefined)
    throw restFault(
      'auth_incomplete',
      { type: 'OAUTH2', key: 'oauth2.access.token.url' },
      { field: 'oauth2.access.token.url' },
    )
  if (three && refresh === undefined) throw restFault('consent_needed', {})
  const { server, client, authenticate, options } = endpointOf(credentials, url, tools.client, signal)
  const scope = scopesOf(credentials)
  const response =
    refresh === undefined
      ? await oauth.clientCredentialsGrantRequest(
          server,
          client,
          authenticate,
          { ...(scope === undefined ? {} : { scope }), ...extraFields(credentials) },
          options,
        )
      : await oauth.refreshTokenGrantRequest(server, client, authenticate, refresh, options)
  return readTokens(response, credentials, url, before)
}

export async function readTokens(
  response: Response,
  credentials: Credentials,
  url: string,
  before: Tokens | null,
): Promise<Tokens> {
  const text = await response.text()
  const document = jsonOrForm(text)
  if (!response.ok) throw refusal(response.status, document, url)
  const lifetime = credentials['vendor.token_expires_in']
  const tellsMoment = credentials['vendor.has_token_expiration_ts'] === true
  return tokensOf(document, typeof lifetime === 'number' ? lifetime : undefined, before, tellsMoment)
}

/** Some services answer in the form encoding of earlier drafts. */
function jsonOrForm(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return Object.fromEntries(new URLSearchParams(text))
  }
}
