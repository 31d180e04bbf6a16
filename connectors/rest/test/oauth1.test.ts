import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { JsonObject, SharedState } from '@leat/connector-kit'
import { beginConsent, finishConsent } from '../src/rest-driver.ts'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Answer, type ScriptedServer, type Seen } from './scripted-server.ts'

/** Consumer secret & token secret by which a request must be signed, by RFC 5849 §3.4 and without the library that signed it. */
function verify(seen: Seen, method: string, secrets: string): Readonly<Record<string, string>> {
  const header = seen.headers.authorization ?? ''
  assert.match(header, /^OAuth /)
  const given = Object.fromEntries(
    [...header.matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, decodeURIComponent(value!)]),
  )
  const { oauth_signature: signature, ...rest } = given
  assert.equal(rest['oauth_signature_method'], method)
  const escape = (text: string) =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  if (method === 'PLAINTEXT') assert.equal(signature, secrets)
  else {
    const parameters = [...Object.entries(rest), ...seen.url.searchParams]
      .map(([name, value]) => [escape(name), escape(value)] as const)
      .toSorted(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
      .map((pair) => pair.join('='))
      .join('&')
    const base = [seen.method, escape(`${seen.url.origin}${seen.url.pathname}`), escape(parameters)].join('&')
    const hash = method === 'HMAC-SHA256' ? 'sha256' : 'sha1'
    assert.equal(signature, createHmac(hash, secrets).update(base).digest('base64'))
  }
  return rest
}

const application = (method: string, more: JsonObject = {}): JsonObject => ({
  'auth.type': 'OAUTH1',
  'oauth1.consumer.key': 'ck',
  'oauth1.consumer.secret': 'consumer-secret',
  'oauth1.signature.method': method,
  ...more,
})
const list = (url: string): JsonObject => ({
  template_config: { request: { url: `${url}/list?q=a%20b&q=%2A` }, response: { data_path: '$.items' } },
})

for (const method of ['PLAINTEXT', 'HMAC-SHA1', 'HMAC-SHA256']) {
  test(`OAUTH1 ${method}: 2-legged, and with the token of a user and more parameters, which are signed as well`, async () => {
    await using server = await scriptedServer(() => ({ body: { items: [{ id: 1 }] } }))
    await readSource(list(server.url), { credentials: application(method) })
    verify(server.seen[0]!, method, 'consumer-secret&')
    const user = { 'oauth1.access.token': 'user-token', 'oauth1.access.token.secret': 'user-secret' }
    const credentials = application(method, {
      ...user,
      'oauth1.token_exchange_type': '3-legged',
      'oauth1.extra.parameters': '{"oauth_session_handle": "h 1"}',
    })
    await readSource(list(server.url), { credentials })
    const sent = verify(server.seen[1]!, method, 'consumer-secret&user-secret')
    assert.deepEqual([sent['oauth_token'], sent['oauth_session_handle']], ['user-token', 'h 1'])
  })

  test(`OAUTH1 ${method}: 3-legged, a person allows it in a browser, and requests are signed with what that gave`, async () => {
    await using service = await provider(method)
    const credentials = application(method, {
      'oauth1.token_exchange_type': '3-legged',
      'oauth1.request.url': `${service.url}/request`,
      'oauth1.request_url.req_url_params': 'scope=read',
      'oauth1.auth.url': `${service.url}/authorize`,
      'oauth1.auth_url.auth_url_params': 'lang=de',
      'oauth1.token.url': `${service.url}/access`,
      'oauth1.token_url.token_url_params': 'kind=long',
    })
    const shared = sharedOnce()
    const context = { allowedFolders: [], signal: AbortSignal.timeout(60_000), shared }
    const before = await faultOf(() => readSource(list(service.url), { credentials, shared }))
    assert.equal(before.code, 'rest.consent_needed')
    const request = { redirectUri: 'http://127.0.0.1:9/oauth/callback', state: 'unguessable-state' }
    const { url, pending } = await beginConsent(credentials, request, context)
    const answer = await fetch(url, { redirect: 'manual' })
    const back = new URL(answer.headers.get('location')!)
    assert.equal(`${back.origin}${back.pathname}`, request.redirectUri)
    assert.equal(back.searchParams.get('state'), request.state, 'the platform finds the person again by it')
    const forged = new URLSearchParams({ oauth_token: 'another', oauth_verifier: 'v-1' })
    const refused = await faultOf(() => finishConsent(credentials, { ...request, pending, callback: forged }, context))
    assert.equal(refused.code, 'rest.consent_refused')
    await finishConsent(credentials, { ...request, pending, callback: back.searchParams }, context)
    const { records } = await readSource(list(service.url), { credentials, shared })
    assert.deepEqual(records, [{ id: 1 }])
  })
}

/** A service as RFC 5849 §2 has it, which checks each signature. */
async function provider(method: string): Promise<ScriptedServer> {
  const form = (fields: Readonly<Record<string, string>>): Answer => ({ body: new URLSearchParams(fields).toString() })
  let callback = ''
  return scriptedServer((seen) => {
    switch (seen.url.pathname) {
      case '/request':
        assert.equal(seen.url.searchParams.get('scope'), 'read')
        callback = verify(seen, method, 'consumer-secret&')['oauth_callback']!
        return form({ oauth_token: 'temp', oauth_token_secret: 'temp-secret', oauth_callback_confirmed: 'true' })
      case '/authorize': {
        assert.deepEqual([...seen.url.searchParams], [['lang', 'de'], ['oauth_token', 'temp']]) // prettier-ignore
        const location = new URL(callback)
        location.searchParams.set('oauth_token', 'temp')
        location.searchParams.set('oauth_verifier', 'v-1')
        return { status: 302, headers: { location: location.href } }
      }
      case '/access': {
        assert.equal(seen.url.searchParams.get('kind'), 'long')
        const sent = verify(seen, method, 'consumer-secret&temp-secret')
        assert.deepEqual([sent['oauth_token'], sent['oauth_verifier']], ['temp', 'v-1'])
        return form({ oauth_token: 'lasting', oauth_token_secret: 'lasting-secret' })
      }
      default:
        assert.equal(verify(seen, method, 'consumer-secret&lasting-secret')['oauth_token'], 'lasting')
        return { body: { items: [{ id: 1 }] } }
    }
  })
}

function sharedOnce(): (name: string) => SharedState {
  let state: JsonObject | null = null
  return () => ({ read: async () => state, change: async (change) => (state = await change(state)) })
}
