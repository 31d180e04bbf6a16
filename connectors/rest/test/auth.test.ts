import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { jwtVerify } from 'jose'
import { OAuth2Server } from 'oauth2-mock-server'
import type { JsonObject, SharedState } from '@leat/connector-kit'
import { connect, beginConsent, finishConsent } from '../src/rest-driver.ts'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Seen } from './scripted-server.ts'

const source = (url: string, pages = 1): JsonObject => ({
  'rest.iterations': [
    {
      key: 's',
      'url.template': `${url}/list`,
      method: 'GET',
      'iteration.type': 'paging.incrementing',
      'param.id': 'page',
      'end.page.to': pages,
    },
  ],
})

/** The requests that a credential leads to. */
async function requestsWith(credentials: JsonObject, more: Record<string, JsonObject> = {}): Promise<readonly Seen[]> {
  await using server = await scriptedServer(({ url }) => ({
    body: more[url.pathname] ?? [{ id: Number(url.searchParams.get('page')) }],
    headers: { 'set-cookie': 'session=abc; Path=/' },
  }))
  const filled = JSON.parse(JSON.stringify(credentials).replaceAll('SERVER', server.url)) as JsonObject
  await readSource(source(server.url), { credentials: filled })
  return server.seen
}

test('BASIC sends user and password', async () => {
  const [seen] = await requestsWith({ 'auth.type': 'BASIC', 'basic.username': 'me', 'basic.password': 'pä:ss' })
  assert.equal(seen?.headers.authorization, `Basic ${Buffer.from('me:pä:ss').toString('base64')}`)
})

test('API_KEY goes into a header or a parameter', async () => {
  const key = { 'auth.type': 'API_KEY', 'api.key.auth.key': 'X-Key', 'api.key.auth.value': 'k3y-value' }
  assert.equal((await requestsWith(key))[0]?.headers['x-key'], 'k3y-value')
  const [seen] = await requestsWith({ ...key, 'api.key.include.mode': 'URL_PARAMETER' })
  assert.equal(seen?.url.searchParams.get('X-Key'), 'k3y-value')
})

test('TOKEN logs in once and sends the token and its cookies', async () => {
  const seen = await requestsWith(
    {
      'auth.type': 'TOKEN',
      'basic.username': 'me',
      'basic.password': 'secret',
      'token.auth.url': 'SERVER/login',
      'token.auth.token.path': '$.data.token',
      'token.auth.token.include.cookie': true,
    },
    { '/login': { data: { token: 'fresh-token' } } },
  )
  assert.deepEqual(
    seen.map(({ method, url }) => `${method} ${url.pathname}`),
    ['POST /login', 'GET /list'],
  )
  assert.equal(seen[0]?.headers.authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`)
  assert.equal(seen[1]?.headers.authorization, 'Bearer fresh-token')
  assert.equal(seen[1]?.headers.cookie, 'session=abc')
})

test('OAUTH1 signs as RFC 5849 says', async () => {
  const [seen] = await requestsWith({
    'auth.type': 'OAUTH1',
    'oauth1.consumer.key': 'ck',
    'oauth1.consumer.secret': 'cs',
    'oauth1.access.token': 'tk',
    'oauth1.access.token.secret': 'ts',
    'oauth1.signature.method': 'HMAC-SHA1',
  })
  const header = seen!.headers.authorization!
  const given = Object.fromEntries(
    [...header.matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, decodeURIComponent(value!)]),
  )
  const { oauth_signature: signature, ...rest } = given
  const escape = (text: string) =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  const parameters = Object.entries({ ...rest, page: '1' })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .join('&')
  const base = ['GET', escape(`${seen!.url.origin}/list`), escape(parameters)].join('&')
  assert.equal(signature, createHmac('sha1', 'cs&ts').update(base).digest('base64'))
})

test('a JWT of our own is the token, and verifies', async () => {
  const [seen] = await requestsWith({
    'jwt.enabled': true,
    'jwt.secret': 'a-secret-of-at-least-32-characters!!',
    'jwt.claim.issuer': 'leat',
    'jwt.claim.extra.json': '{"tenant": 7}',
  })
  const token = seen!.headers.authorization!.replace('Bearer ', '')
  const { payload } = await jwtVerify(token, new TextEncoder().encode('a-secret-of-at-least-32-characters!!'))
  assert.deepEqual([payload.iss, payload['tenant']], ['leat', 7])
})

test('gcp_service_account exchanges a JWT that its public key verifies', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const account = {
    client_email: 'robot@example.iam',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    token_uri: 'SERVER/token',
  }
  const seen = await requestsWith(
    {
      'auth.type': 'gcp_service_account',
      'gcp.service.account.credentials.json': account,
      'gcp.service.account.oauth.scopes': 'scope/a,scope/b',
    },
    { '/token': { access_token: 'google-token', expires_in: 3600 } },
  )
  const assertion = new URLSearchParams(seen[0]?.body).get('assertion')!
  const { payload } = await jwtVerify(assertion, publicKey)
  assert.deepEqual([payload.iss, payload['scope']], ['robot@example.iam', 'scope/a scope/b'])
  assert.equal(seen[1]?.headers.authorization, 'Bearer google-token')
})

test('HMAC signs what its recipe says', async () => {
  const recipe = {
    algorithm: 'sha512',
    encoding: 'base64',
    sign: '{method} {path}',
    headers: { 'X-Sig': '{key}:{signature}' },
  }
  const [seen] = await requestsWith({
    'hmac.enabled': true,
    'hmac.api.key': 'id1',
    'hmac.api.secret': 'shhh-secret',
    'hmac.func': JSON.stringify(recipe),
  })
  const expected = createHmac('sha512', 'shhh-secret').update('GET /list').digest('base64')
  assert.equal(seen?.headers['x-sig'], `id1:${expected}`)
})

// ------------------------------------------------------------------------------------------------------------ OAuth 2

/** One state for several connections of this process, one change at a time: what PostgreSQL is for several processes. */
function sharedOnce(): (name: string) => SharedState {
  let state: JsonObject | null = null
  let tail: Promise<unknown> = Promise.resolve()
  return () => ({
    read: async () => state,
    change: (change) => {
      const turn = tail.then(async () => (state = await change(state)))
      tail = turn.catch(() => undefined)
      return turn
    },
  })
}

interface Authority extends AsyncDisposable {
  readonly url: string
  /** Refresh tokens in the order in which they came back; each counts once. */
  readonly used: readonly string[]
  readonly valid: ReadonlySet<string>
  readonly grants: readonly string[]
  expire(): void
}

/** oauth2-mock-server, strict: unknown clients and used refresh tokens are refused, every refresh rotates. */
async function authority(): Promise<Authority> {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  const used: string[] = []
  const grants: string[] = []
  const open = new Set<string>(['first-refresh-token'])
  const valid = new Set<string>()
  let count = 0
  server.service.on('beforeResponse', (response, request) => {
    const body = (request as unknown as { body: Record<string, string> }).body
    grants.push(String(body['grant_type']))
    const login = request.headers.authorization
    const refuse = (status: number, error: string) => {
      response.statusCode = status
      response.body = { error }
    }
    if (login !== `Basic ${Buffer.from('leat:client-secret').toString('base64')}`) return refuse(401, 'invalid_client')
    if (body['grant_type'] === 'refresh_token') {
      used.push(String(body['refresh_token']))
      if (!open.delete(String(body['refresh_token']))) return refuse(400, 'invalid_grant')
    }
    count++
    const access = `access-token-${count}`
    const refresh = `refresh-token-${count}`
    open.add(refresh)
    valid.add(access)
    response.body = { access_token: access, token_type: 'Bearer', expires_in: 3600, refresh_token: refresh }
  })
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    used,
    valid,
    grants,
    expire: () => valid.clear(),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** Pages for whoever has a valid token; some page makes the tokens expire. */
function guarded(service: Authority, expiresAt: number) {
  let expired = false
  return ({ url, headers }: Seen) => {
    const page = Number(url.searchParams.get('page'))
    if (page === expiresAt && !expired) {
      expired = true
      service.expire()
    }
    if (!service.valid.has((headers.authorization ?? '').replace('Bearer ', ''))) return { status: 401, body: {} }
    return { body: [{ id: page }] }
  }
}

const oauth2 = (service: Authority, more: JsonObject = {}): JsonObject => ({
  'auth.type': 'OAUTH2',
  'oauth2.client.id': 'leat',
  'oauth2.client.secret': 'client-secret',
  'oauth2.access.token.url': `${service.url}/token`,
  ...more,
})

test('OAUTH2 2-legged gets a token, and another one when it expires in the middle of the pages', async () => {
  await using service = await authority()
  await using server = await scriptedServer(guarded(service, 3))
  const { records } = await readSource(source(server.url, 5), {
    credentials: oauth2(service, { 'vendor.scopes': 'read,write' }),
    shared: sharedOnce(),
  })
  assert.deepEqual(
    records,
    [1, 2, 3, 4, 5].map((id) => ({ id })),
  )
  assert.ok(service.grants.length >= 2)
})

test('PROMISE-TOKEN-ONE-OWNER: two workers whose token expires together renew it once; no refresh token is used twice', async () => {
  await using service = await authority()
  const credentials = oauth2(service, { 'vendor.refresh_token': 'first-refresh-token' })
  const shared = sharedOnce()
  await using left = await scriptedServer(guarded(service, 4))
  await using right = await scriptedServer(guarded(service, 0))
  const [one, two] = await Promise.all([
    readSource(source(left.url, 8), { credentials, shared }),
    readSource(source(right.url, 8), { credentials, shared }),
  ])
  assert.equal(one.records.length, 8)
  assert.equal(two.records.length, 8)
  assert.equal(new Set(service.used).size, service.used.length, `used twice: ${service.used.join(', ')}`)
  assert.equal(service.used[0], 'first-refresh-token')
})

test('a refused client says whose problem it is, without its secret', async () => {
  await using service = await authority()
  await using server = await scriptedServer(() => ({ body: [] }))
  const credentials = oauth2(service, { 'oauth2.client.secret': 'wrong-client-secret' })
  const fault = await faultOf(() => readSource(source(server.url), { credentials }))
  assert.deepEqual([fault.kind, fault.code], ['auth', 'rest.token_refused'])
  assert.ok(!JSON.stringify([fault.message, fault.stack]).includes('wrong-client-secret'))
  assert.equal(server.seen.length, 0)
})

test('OAUTH2 3-legged: the browser comes back, its code gives the tokens that requests then carry', async () => {
  await using service = await authority()
  await using server = await scriptedServer(guarded(service, 0))
  const credentials = oauth2(service, {
    'oauth2.token_exchange_type': '3-legged',
    'oauth2.auth.url': `${service.url}/authorize`,
    'oauth2.auth_url.auth_url_params': 'prompt=consent&access_type=offline',
  })
  const shared = sharedOnce()
  const before = await faultOf(() => readSource(source(server.url), { credentials, shared }))
  assert.equal(before.code, 'rest.consent_needed')
  const request = { redirectUri: 'http://127.0.0.1:9/oauth/callback', state: 'unguessable-state' }
  const { url, pending } = await beginConsent(credentials, request, {
    allowedFolders: [],
    signal: new AbortController().signal,
  })
  const sent = new URL(url).searchParams
  assert.deepEqual(
    [sent.get('prompt'), sent.get('access_type'), sent.get('response_type')],
    ['consent', 'offline', 'code'],
  )
  const answer = await fetch(url, { redirect: 'manual' })
  const back = new URL(answer.headers.get('location')!)
  assert.equal(`${back.origin}${back.pathname}`, request.redirectUri)
  const context = { allowedFolders: [], signal: new AbortController().signal, shared }
  const forged = finishConsent(
    credentials,
    { ...request, state: 'another-state-000', pending, callback: back.searchParams },
    context,
  )
  await assert.rejects(forged)
  await finishConsent(credentials, { ...request, pending, callback: back.searchParams }, context)
  const { records } = await readSource(source(server.url, 2), { credentials, shared })
  assert.deepEqual(records, [{ id: 1 }, { id: 2 }])
})

test('a missing key of the chosen way is named', async () => {
  for (const [type, key] of [
    ['BASIC', 'basic.username'],
    ['API_KEY', 'api.key.auth.key'],
    ['TOKEN', 'token.auth.url'],
    ['OAUTH1', 'oauth1.consumer.key'],
    ['AWS_SIGNATURE', 'aws.access.key'],
  ] as const) {
    const fault = await faultOf(async () =>
      connect({ 'auth.type': type }, { allowedFolders: [], signal: new AbortController().signal }),
    )
    assert.deepEqual([fault.kind, fault.field], ['config', key])
  }
})
