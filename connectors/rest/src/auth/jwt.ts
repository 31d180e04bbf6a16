import { createPrivateKey } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { retry, type JsonObject } from '@leat/connector-kit'
import { withParameter, type Draft } from '../draft.ts'
import { restFault } from '../faults.ts'
import { isRecord, jsonValue } from '../json-value.ts'
import { textOf, withHeader, type Auth, type Credentials } from './auth.ts'
import type { AuthTools } from './auth-tools.ts'
import { tokenIn } from './token-answer.ts'
import { TokenKeeper, type Tokens } from './token-keeper.ts'

/** A JWT that we sign is the token, or is exchanged for one at `jwt.auth.url`. */
export function jwt(credentials: Credentials, need: (key: string) => string, tools: AuthTools): Auth {
  const seconds = Number(credentials['jwt.claim.expiration.sec'] ?? 3600)
  const secret = textOf(credentials, 'jwt.algorithm') === 'NONE' ? '' : need('jwt.secret')
  const keeper = new TokenKeeper(tools.shared, credentials, async (_before, signal) => {
    const own = await sign(credentials, secret, seconds)
    const until = { expires_at: Date.now() + seconds * 1000, lifetime: seconds * 1000 }
    const url = textOf(credentials, 'jwt.auth.url')
    return url === undefined ? { access_token: own, ...until } : exchange(credentials, url, own, tools, until, signal)
  })
  const place = placeOf(credentials)
  return {
    sign: async (draft, signal) => place(draft, await keeper.current(signal)),
    renew: (refused, signal) => keeper.renew(refused.token, signal),
    token: async (signal) => (await keeper.current(signal)).access_token,
    secrets: () => keeper.secrets,
  }
}

async function sign(credentials: Credentials, secret: string, seconds: number): Promise<string> {
  const algorithm = textOf(credentials, 'jwt.algorithm') ?? 'HS256'
  const claims = claimsOf(credentials)
  const expires = Math.floor(Date.now() / 1000) + seconds
  if (algorithm === 'NONE') return new UnsecuredJWT(claims).setIssuedAt().setExpirationTime(expires).encode()
  const key = algorithm.startsWith('HS') ? new TextEncoder().encode(secret) : privateKey(secret)
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key)
}

function privateKey(pem: string) {
  try {
    return createPrivateKey(pem.replaceAll('\\n', '\n'))
  } catch (cause) {
    const why = '"jwt.secret" is no private key in PEM, which this algorithm needs.'
    throw restFault('auth_conflict', { why }, { field: 'jwt.secret', cause })
  }
}

function claimsOf(credentials: Credentials): JsonObject {
  const extra = textOf(credentials, 'jwt.claim.extra.json')
  const parsed: unknown = extra === undefined ? {} : JSON.parse(extra)
  if (!isRecord(parsed))
    throw restFault(
      'auth_conflict',
      { why: '"jwt.claim.extra.json" is no JSON object.' },
      { field: 'jwt.claim.extra.json' },
    )
  const claims = { scope: 'jwt.claim.scope', aud: 'jwt.claim.audience', iss: 'jwt.claim.issuer' }
  const own = Object.entries(claims).flatMap(([claim, key]) => {
    const value = textOf(credentials, key)
    return value === undefined ? [] : [[claim, value]]
  })
  return { ...(Object.fromEntries(own) as JsonObject), ...(parsed as JsonObject) }
}

async function exchange(
  credentials: Credentials,
  url: string,
  own: string,
  tools: AuthTools,
  until: Pick<Tokens, 'expires_at' | 'lifetime'>,
  signal: AbortSignal | undefined,
): Promise<Tokens> {
  const standard = 'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={token}'
  const body = (textOf(credentials, 'jwt.auth.body') ?? standard).replaceAll('{token}', own)
  const type = textOf(credentials, 'jwt.auth.content.type') ?? 'application/x-www-form-urlencoded'
  return retry(async () => {
    const response = await tools.client.request({
      method: 'POST',
      url,
      headers: { 'content-type': type },
      body,
      ...(signal === undefined ? {} : { signal }),
    })
    const format = textOf(credentials, 'jwt.auth.response.format') ?? 'json'
    const { token, document } = await tokenIn(response, format, textOf(credentials, 'jwt.auth.token.path'), url)
    const typePath = textOf(credentials, 'jwt.auth.token.type.path')
    const word = typePath === undefined || format !== 'json' ? undefined : jsonValue(document, typePath)
    return { access_token: token, ...until, ...(typeof word === 'string' ? { token_type: word } : {}) }
  })
}

function placeOf(credentials: Credentials): (draft: Draft, tokens: Tokens) => Draft {
  if (textOf(credentials, 'jwt.token.include.mode') === 'URL_PARAMETER') {
    const name = textOf(credentials, 'jwt.token.url.parameter') ?? 'token'
    return (draft, { access_token: token }) => ({ ...withParameter(draft, name, token), token })
  }
  const header = textOf(credentials, 'jwt.token.header') ?? 'authorization'
  const given = credentials['jwt.token.header.type']
  return (draft, { access_token: token, token_type: word }) => {
    const prefix = typeof given === 'string' ? given : (word ?? 'Bearer')
    return { ...withHeader(draft, header, prefix === '' ? token : `${prefix} ${token}`), token }
  }
}
