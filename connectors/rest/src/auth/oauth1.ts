import { createHmac } from 'node:crypto'
import OAuth from 'oauth-1.0a'
import { restFault } from '../faults.ts'
import { isRecord } from '../json-value.ts'
import { textOf, withHeader, type Auth, type Credentials } from './auth.ts'

const hashes: Readonly<Record<string, string>> = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' }

/** OAuth 1.0a (RFC 5849): every request is signed, with the token of a user when there is one. */
export function oauth1(credentials: Credentials, need: (key: string) => string): Auth {
  const method = textOf(credentials, 'oauth1.signature.method') ?? 'PLAINTEXT'
  const three = textOf(credentials, 'oauth1.token_exchange_type') === '3-legged'
  const key = three ? need('oauth1.access.token') : textOf(credentials, 'oauth1.access.token')
  const token = key === undefined ? undefined : { key, secret: textOf(credentials, 'oauth1.access.token.secret') ?? '' }
  const extra = extraOf(credentials)
  const hash = hashes[method]
  const oauth = new OAuth({
    consumer: { key: need('oauth1.consumer.key'), secret: textOf(credentials, 'oauth1.consumer.secret') ?? '' },
    signature_method: method,
    hash_function: (base, signingKey) =>
      hash === undefined ? signingKey : createHmac(hash, signingKey).update(base).digest('base64'),
  })
  return {
    sign: (draft) => {
      const form = /x-www-form-urlencoded/.test(draft.headers['content-type'] ?? '')
      const data = { ...extra, ...(form ? Object.fromEntries(new URLSearchParams(draft.body)) : {}) }
      const signed = oauth.authorize({ url: draft.url.href, method: draft.method, data }, token)
      const own = { ...signed, ...Object.fromEntries(Object.entries(extra).map(([name, value]) => [name, value])) }
      return withHeader(draft, 'authorization', oauth.toHeader(own as OAuth.Authorization).Authorization)
    },
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
