import * as oauth from 'oauth4webapi'
import type { Consent, ConsentRequest, JsonObject } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import { textOf, type Credentials } from './auth.ts'
import type { AuthTools } from './auth-tools.ts'
import { oauth2Keeper, readTokens } from './oauth2.ts'
import { endpointOf, scopesOf } from './oauth2-endpoint.ts'

/** Where the browser of the person goes, with PKCE (RFC 7636). */
export async function beginConsent(credentials: Credentials, request: ConsentRequest): Promise<Consent> {
  const { url, id } = requireConsentKeys(credentials)
  const verifier = oauth.generateRandomCodeVerifier()
  const scope = scopesOf(credentials)
  const target = new URL(url)
  const parameters = {
    response_type: 'code',
    client_id: id,
    redirect_uri: request.redirectUri,
    state: request.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(scope === undefined ? {} : { scope }),
    ...Object.fromEntries(new URLSearchParams(textOf(credentials, 'oauth2.auth_url.auth_url_params'))),
  }
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value)
  return { url: target.href, pending: { verifier } }
}

/** Exchanges the code for tokens and stores them for the cluster. */
export async function finishConsent(
  credentials: Credentials,
  request: ConsentRequest & { readonly pending: JsonObject; readonly callback: URLSearchParams },
  tools: AuthTools,
): Promise<void> {
  const refused = request.callback.get('error')
  if (refused !== null) {
    const why = `The service did not allow it: ${request.callback.get('error_description') ?? refused}.`
    throw restFault('consent_refused', { why })
  }
  const url = textOf(credentials, 'oauth2.access.token.url')
  if (url === undefined)
    throw restFault(
      'auth_incomplete',
      { type: 'OAUTH2', key: 'oauth2.access.token.url' },
      { field: 'oauth2.access.token.url' },
    )
  const { server, client, authenticate, options } = endpointOf(credentials, url, tools.client, undefined)
  const callback = oauth.validateAuthResponse(server, client, request.callback, request.state)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authenticate,
    callback,
    request.redirectUri,
    String(request.pending['verifier']),
    options,
  )
  await oauth2Keeper(credentials, tools).adopt(await readTokens(response, credentials, url, null))
}

function requireConsentKeys(credentials: Credentials): { readonly url: string; readonly id: string } {
  const three =
    textOf(credentials, 'auth.type') === 'OAUTH2' && textOf(credentials, 'oauth2.token_exchange_type') === '3-legged'
  const why =
    'Only credentials with "auth.type" OAUTH2 and "oauth2.token_exchange_type" 3-legged, or OAUTH1 and "oauth1.token_exchange_type" 3-legged, are allowed by a person in a browser.'
  if (!three) throw restFault('auth_conflict', { why }, { field: 'oauth2.token_exchange_type' })
  const need = (key: string): string => {
    const value = textOf(credentials, key)
    if (value === undefined) throw restFault('auth_incomplete', { type: 'OAUTH2', key }, { field: key })
    return value
  }
  return { url: need('oauth2.auth.url'), id: need('oauth2.client.id') }
}
