import * as oauth from 'oauth4webapi'
import type { HttpClient } from '@leat/connector-kit/http'
import { parseHeaderList } from '../draft.ts'
import { restFault } from '../faults.ts'
import { isRecord } from '../json-value.ts'
import { textOf, type Credentials } from './auth.ts'

/** The authorization server and our place in it, as `oauth4webapi` wants them. */
export interface Endpoint {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly authenticate: oauth.ClientAuth
  readonly options: oauth.TokenEndpointRequestOptions
}

/** `url` is the token or refresh URL. Requests go through our own client, whose guard and limits hold for them as well. */
export function endpointOf(
  credentials: Credentials,
  url: string,
  http: HttpClient,
  signal: AbortSignal | undefined,
): Endpoint {
  const id = textOf(credentials, 'oauth2.client.id')
  if (id === undefined)
    throw restFault('auth_incomplete', { type: 'OAUTH2', key: 'oauth2.client.id' }, { field: 'oauth2.client.id' })
  const secret = textOf(credentials, 'oauth2.client.secret')
  const scheme =
    textOf(credentials, 'oauth2.client.auth.scheme') ?? textOf(credentials, 'vendor.auth_scheme') ?? 'header'
  const query = new URLSearchParams(textOf(credentials, 'oauth2.token_url.token_url_params'))
  const target = new URL(url)
  for (const [name, value] of query) target.searchParams.append(name, value)
  const inQuery = scheme === 'query'
  const asGet = textOf(credentials, 'oauth2.access.token.method') === 'GET'
  const headers = parseHeaderList(textOf(credentials, 'oauth2.auth.headers'))
  return {
    server: { issuer: target.origin, token_endpoint: target.href },
    client: { client_id: id },
    authenticate:
      secret === undefined ? oauth.None() : scheme === 'header' ? basicAuth(secret) : oauth.ClientSecretPost(secret),
    options: {
      // Plain http is for services inside of one's own network: whether it may be used is the operator's choice, as for every URL here.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (address, request) => send(http, address, request, { inQuery, asGet, headers, signal }),
    },
  }
}

/** Most services want id and secret as they are, not in the form encoding of RFC 6749 §2.3.1: for ordinary ones both are the same. */
function basicAuth(secret: string): oauth.ClientAuth {
  return (_server, client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString('base64')}`)
  }
}

async function send(
  http: HttpClient,
  address: string,
  request: oauth.CustomFetchOptions<'POST', URLSearchParams>,
  how: {
    readonly inQuery: boolean
    readonly asGet: boolean
    readonly headers: Readonly<Record<string, string>>
    readonly signal: AbortSignal | undefined
  },
): Promise<Response> {
  const url = new URL(address)
  const body = new URLSearchParams(request.body)
  for (const [name, value] of Array.from(body)) {
    if (!how.asGet && !(how.inQuery && /^client_(id|secret)$/.test(name))) continue
    url.searchParams.append(name, value)
    body.delete(name, value)
  }
  const answer = await http.request({
    method: how.asGet ? 'GET' : 'POST',
    url,
    headers: { ...request.headers, ...how.headers },
    ...(how.asGet ? {} : { body: body.toString() }),
    ...(how.signal === undefined ? {} : { signal: how.signal }),
    accept: [400, 401, 403],
  })
  return new Response(await answer.text(), { status: answer.status, headers: { 'content-type': 'application/json' } })
}

/** `oauth2.auth.body`: more fields of the token call. */
export function extraFields(credentials: Credentials): Record<string, string> {
  const text = textOf(credentials, 'oauth2.auth.body')
  if (text === undefined) return {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (isRecord(parsed))
      return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]))
  } catch {
    // a form, below
  }
  return Object.fromEntries(new URLSearchParams(text))
}

export function scopesOf(credentials: Credentials): string | undefined {
  return textOf(credentials, 'vendor.scopes')
    ?.split(/[\s,]+/)
    .filter(Boolean)
    .join(' ')
}
