import { createHmac } from 'node:crypto'
import OAuth from 'oauth-1.0a'
import { restFault } from '../faults.ts'
import { isRecord } from '../json-value.ts'
import type { Draft } from '../draft.ts'
import { textOf, withHeader, type Auth, type Credentials } from './auth.ts'
import type { AuthTools } from './auth-tools.ts'
import { TokenKeeper } from './token-keeper.ts'

const hashes: Readonly<Record<string, string>> = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' }

/** OAuth 1.0a (RFC 5849): every request is signed, with the token of a user when there is one: of the credential, or one that a person gave in a browser. */
export function oauth1(credentials: Credentials, need: (key: string) => string, tools: AuthTools): Auth {
  const signature = oauth1Signer(credentials, need)
  const given = textOf(credentials, 'oauth1.access.token')
  const three = textOf(credentials, 'oauth1.token_exchange_type') === '3-legged'
  if (three && given === undefined) {
    // Without a place where a person could give one, the token has to stand in the credential.
    if (textOf(credentials, 'oauth1.request.url') === undefined) need('oauth1.access.token')
    const keeper = oauth1Keeper(credentials, tools)
    return {
      sign: async (draft, signal) => {
        const { access_token: key, token_secret: secret = '' } = await keeper.current(signal)
        return { ...signature(draft, { key, secret }), token: key }
      },
      renew: (refused, signal) => keeper.renew(refused.token, signal),
      secrets: () => keeper.secrets,
    }
  }
  const token =
    given === undefined ? undefined : { key: given, secret: textOf(credentials, 'oauth1.access.token.secret') ?? '' }
  return { sign: (draft) => signature(draft, token) }
}

/** Tokens of OAuth 1 last until somebody takes them back: then a person has to agree again. */
export function oauth1Keeper(credentials: Credentials, tools: AuthTools): TokenKeeper {
  return new TokenKeeper(tools.shared, credentials, () => {
    throw restFault('consent_needed', {})
  })
}

/** Signs a request; `more` are further `oauth_…` parameters of this request. */
export type Oauth1Signer = (draft: Draft, token?: OAuth.Token, more?: Readonly<Record<string, string>>) => Draft

export function oauth1Signer(credentials: Credentials, need: (key: string) => string): Oauth1Signer {
  const method = textOf(credentials, 'oauth1.signature.method') ?? 'PLAINTEXT'
  const extra = extraOf(credentials)
  const hash = hashes[method]
  const oauth = new OAuth({
    consumer: { key: need('oauth1.consumer.key'), secret: textOf(credentials, 'oauth1.consumer.secret') ?? '' },
    signature_method: method,
    hash_function: (base, signingKey) =>
      hash === undefined ? signingKey : createHmac(hash, signingKey).update(base).digest('base64'),
  })
  return (draft, token, more = {}) => {
    const form = /x-www-form-urlencoded/.test(draft.headers['content-type'] ?? '')
    const own = { ...extra, ...more }
    const data = { ...own, ...(form ? Object.fromEntries(new URLSearchParams(draft.body)) : {}) }
    const signed = oauth.authorize({ url: draft.url.href, method: draft.method, data }, token)
    const header = oauth.toHeader({ ...signed, ...own } as OAuth.Authorization).Authorization
    return withHeader(draft, 'authorization', header)
  }
}

function extraOf(credentials: Credentials): Record<string, string> {
  const text = textOf(credentials, 'oauth1.extra.parameters')
  if (text === undefined) return {}
  const parsed: unknown = jsonOrNull(text)
  if (!isRecord(parsed))
    throw restFault(
      'auth_conflict',
      { why: '"oauth1.extra.parameters" is no JSON object.' },
      { field: 'oauth1.extra.parameters' },
    )
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]))
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
