import { retry, type Consent, type ConsentRequest, type JsonObject } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import type { Draft } from '../draft.ts'
import { textOf, type Credentials } from './auth.ts'
import type { AuthTools } from './auth-tools.ts'
import { oauth1Keeper, oauth1Signer } from './oauth1.ts'

/** A request token, and where the browser of the person goes with it (RFC 5849 §2.1, §2.2). */
export async function beginOauth1Consent(
  credentials: Credentials,
  request: ConsentRequest,
  tools: AuthTools,
): Promise<Consent> {
  const need = needOf(credentials)
  const target = new URL(need('oauth1.auth.url'))
  const back = new URL(request.redirectUri)
  // OAuth 1 has no state of its own: the address that the browser comes back to carries it.
  back.searchParams.set('state', request.state)
  const url = withQuery(need('oauth1.request.url'), textOf(credentials, 'oauth1.request_url.req_url_params'))
  const { token, secret } = await exchange(credentials, url, tools, { oauth_callback: back.href })
  for (const [name, value] of new URLSearchParams(textOf(credentials, 'oauth1.auth_url.auth_url_params')))
    target.searchParams.append(name, value)
  target.searchParams.set('oauth_token', token)
  return { url: target.href, pending: { token, secret } }
}

/** Exchanges what the person gave for a token that stays, and stores it for the cluster (RFC 5849 §2.3). */
export async function finishOauth1Consent(
  credentials: Credentials,
  request: ConsentRequest & { readonly pending: JsonObject; readonly callback: URLSearchParams },
  tools: AuthTools,
): Promise<void> {
  const { callback, pending } = request
  const verifier = callback.get('oauth_verifier')
  if (verifier === null || callback.get('oauth_token') !== pending['token'])
    throw restFault('consent_refused', {
      why: 'The service did not allow it: the browser came back without a verifier for the token that it was sent with.',
    })
  const url = withQuery(
    needOf(credentials)('oauth1.token.url'),
    textOf(credentials, 'oauth1.token_url.token_url_params'),
  )
  const temporary = { key: String(pending['token']), secret: String(pending['secret']) }
  const { token, secret } = await exchange(credentials, url, tools, { oauth_verifier: verifier }, temporary)
  await oauth1Keeper(credentials, tools).adopt({ access_token: token, token_secret: secret })
}

async function exchange(
  credentials: Credentials,
  url: URL,
  tools: AuthTools,
  more: Readonly<Record<string, string>>,
  token?: { readonly key: string; readonly secret: string },
): Promise<{ readonly token: string; readonly secret: string }> {
  const sign = oauth1Signer(credentials, needOf(credentials))
  const text = await retry(async () => {
    const draft: Draft = { method: 'POST', url, headers: { accept: '*/*' }, body: undefined }
    const { headers } = sign(draft, token, more)
    return (await tools.client.request({ method: 'POST', url, headers })).text()
  })
  const answer = new URLSearchParams(text.trim())
  const found = { token: answer.get('oauth_token'), secret: answer.get('oauth_token_secret') }
  if (found.token === null || found.secret === null)
    throw restFault('token_missing', { url: `${url.origin}${url.pathname}`, path: 'oauth_token, oauth_token_secret' })
  return { token: found.token, secret: found.secret }
}

function withQuery(address: string, parameters: string | undefined): URL {
  const url = new URL(address)
  for (const [name, value] of new URLSearchParams(parameters)) url.searchParams.append(name, value)
  return url
}

function needOf(credentials: Credentials): (key: string) => string {
  return (key) => {
    const value = textOf(credentials, key)
    if (value === undefined) throw restFault('auth_incomplete', { type: 'OAUTH1', key }, { field: key })
    return value
  }
}
