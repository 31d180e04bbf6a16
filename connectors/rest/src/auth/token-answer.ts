import { Fault, type JsonObject } from '@leat/connector-kit'
import type { HttpResponse } from '@leat/connector-kit/http'
import { restFault } from '../faults.ts'
import { isRecord, jsonValue } from '../json-value.ts'
import { parseXml, xmlSelect, xmlText } from '../xml-value.ts'
import type { Tokens } from './token-keeper.ts'

/** The token in the answer of a login, by path and format. Throws `rest.token_missing`. */
export async function tokenIn(
  response: HttpResponse,
  format: string,
  path: string | undefined,
  url: string,
): Promise<{ readonly token: string; readonly document: unknown }> {
  const text = await response.text()
  if (format === 'plain') {
    if (text.trim() === '') throw restFault('token_missing', { url, path: 'the body' })
    return { token: text.trim(), document: null }
  }
  const document: unknown = format === 'xml' ? parseXml(text) : JSON.parse(text)
  const found =
    format === 'xml'
      ? xmlSelect(document, path ?? '//access_token').map(xmlText)[0]
      : jsonValue(document, path ?? '$.access_token')
  if (found === undefined || found === null || found === '')
    throw restFault('token_missing', { url, path: path ?? '$.access_token' })
  return { token: String(found as string | number), document }
}

/** The members of RFC 6749 §5.1; tolerant, because many services leave some out or send numbers as texts. */
export function tokensOf(
  document: unknown,
  standardLifetime: number | undefined,
  before: Tokens | null,
  tellsMoment = false,
): Tokens {
  const answer = isRecord(document) ? document : {}
  const access = answer['access_token']
  if (typeof access !== 'string' || access === '')
    throw restFault('token_missing', { url: 'the token URL', path: '$.access_token' })
  const moment = tellsMoment ? momentOf(answer) : null
  const seconds =
    moment === null ? Number(answer['expires_in'] ?? standardLifetime ?? Number.NaN) : (moment - Date.now()) / 1000
  const refresh = typeof answer['refresh_token'] === 'string' ? answer['refresh_token'] : before?.refresh_token
  return {
    access_token: access,
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(typeof answer['token_type'] === 'string' ? { token_type: answer['token_type'] } : {}),
    ...(Number.isFinite(seconds) && (seconds > 0 || moment !== null)
      ? { expires_at: Date.now() + seconds * 1000, lifetime: Math.max(0, seconds) * 1000 }
      : {}),
  }
}

const momentNames = ['expires_at', 'expires_on', 'expiration', 'expiry', 'expiresAt']

/** `vendor.has_token_expiration_ts`: the moment at which a token ends, as epoch seconds or milliseconds, or ISO 8601. Null when none is told. */
function momentOf(answer: Readonly<Record<string, unknown>>): number | null {
  const told = momentNames.map((name) => answer[name]).find((value) => value !== undefined && value !== null)
  const number = Number(told)
  const moment = Number.isFinite(number) ? (number > 1e11 ? number : number * 1000) : Date.parse(String(told))
  return told === undefined || Number.isNaN(moment) ? null : moment
}

/** What a token endpoint says when it refuses (RFC 6749 §5.2), as a fault; secrets are masked by whoever shows it. */
export function refusal(status: number, document: unknown, url: string): Fault {
  const { error, error_description: description } = (isRecord(document) ? document : {}) as JsonObject
  const code = typeof error === 'string' ? error : `status ${status}`
  const says = typeof description === 'string' ? `: ${description.slice(0, 200)}` : ''
  if (status >= 500 || status === 429)
    return new Fault({
      kind: 'transient',
      code: 'rest.token_unavailable',
      message: `The token URL ${url} answered ${status}${says}.`,
    })
  const advice =
    error === 'invalid_grant'
      ? 'The permission has ended or its refresh token was used up: allow the access again.'
      : 'Check client id, client secret and scopes.'
  return new Fault({
    kind: 'auth',
    code: 'rest.token_refused',
    message: `The token URL ${url} answered ${code}${says}. ${advice}`,
  })
}
