import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { jwtVerify, UnsecuredJWT } from 'jose'
import type { JsonObject } from '@leat/connector-kit'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Answer, type Seen } from './scripted-server.ts'

/* Each option of a credential changes what a real server is asked. The ways themselves: auth.test.ts. */

const list = (url: string): JsonObject => ({
  template_config: { request: { url: `${url}/list` }, response: { data_path: '$.items' } },
})

/** What the server was asked with this credential: the login, when there is one, and the list. `SERVER` stands for its address. */
async function asked(
  credentials: JsonObject,
  answers: Readonly<Record<string, Answer>> = {},
): Promise<Readonly<Record<'login' | 'list', Seen>>> {
  await using server = await scriptedServer(({ url }) => answers[url.pathname] ?? { body: { items: [{ id: 1 }] } })
  const filled = JSON.parse(JSON.stringify(credentials).replaceAll('SERVER', server.url)) as JsonObject
  const { records } = await readSource(list(server.url), { credentials: filled })
  assert.deepEqual(records, [{ id: 1 }])
  const at = (path: RegExp): Seen => server.seen.find(({ url }) => path.test(url.pathname))!
  return { login: at(/^\/login/), list: at(/^\/list/) }
}

const token = (more: JsonObject): JsonObject => ({
  'auth.type': 'TOKEN',
  'token.auth.url': 'SERVER/login',
  'basic.username': 'me',
  'basic.password': 'pw-secret',
  ...more,
})
const oauth2 = (more: JsonObject): JsonObject => ({
  'auth.type': 'OAUTH2',
  'oauth2.client.id': 'app',
  'oauth2.client.secret': 'app-secret',
  'oauth2.access.token.url': 'SERVER/login',
  ...more,
})
const granted = { '/login': { body: { access_token: 'issued-token', token_type: 'bearer', expires_in: 3600 } } }

test('TOKEN: method, body and the header of user and password', async () => {
  const answers = { '/login': { body: { access_token: 'tk-12345' } } }
  for (const method of ['GET', 'POST', 'PUT'])
    assert.equal((await asked(token({ 'token.auth.method': method }), answers)).login.method, method)
  const { login } = await asked(
    token({ 'token.auth.body': '{"grant": "x"}', 'token.auth.token.header.name': 'X-Login' }),
    answers,
  )
  assert.equal(login.body, '{"grant": "x"}')
  assert.equal(login.headers['content-type'], 'application/json')
  assert.equal(login.headers['x-login'], `Basic ${Buffer.from('me:pw-secret').toString('base64')}`)
})

test('TOKEN: the token is found in XML and plain answers, and goes where it is wanted', async () => {
  const xml = { '/login': { body: '<r><t>tk-from-xml</t></r>', headers: { 'content-type': 'text/xml' } } }
  const inXml = token({ 'token.auth.response.format': 'xml', 'token.auth.token.path': '/r/t' })
  assert.equal((await asked(inXml, xml)).list.headers.authorization, 'Bearer tk-from-xml')
  const plain = { '/login': { body: 'tk-plain\n' } }
  const own = {
    'token.auth.response.format': 'plain',
    'token.auth.request.header.name': 'X-Session',
    'token.auth.request.header.prefix': '',
  }
  assert.equal((await asked(token(own), plain)).list.headers['x-session'], 'tk-plain')
  const inUrl = {
    'token.auth.response.format': 'plain',
    'token.auth.token.include.mode': 'URL_PARAMETER',
    'token.auth.token.url.parameter': 'session',
  }
  const { url, headers } = (await asked(token(inUrl), plain)).list
  assert.deepEqual([url.searchParams.get('session'), headers.authorization], ['tk-plain', undefined])
})

test('a token that a service echoes is in no origin, checkpoint or fault, and is there again when the reading goes on', async () => {
  let failing = false
  await using server = await scriptedServer(({ url }) => {
    if (url.pathname === '/login') return { body: 'issued/token+1' }
    const page = Number(url.searchParams.get('page') ?? 1)
    if (page > 1) assert.equal(url.searchParams.get('again'), 'issued/token+1')
    if (failing) return { status: 400, body: `no rights for issued/token+1` }
    const next = `/list?page=${page + 1}&again=${encodeURIComponent('issued/token+1')}`
    return { body: { items: [{ id: page }], next: page < 3 ? next : null } }
  })
  const credentials = token({
    'token.auth.url': `${server.url}/login`,
    'token.auth.response.format': 'plain',
    'token.auth.token.include.mode': 'URL_PARAMETER',
  })
  const config = {
    template_config: {
      request: { url: `${server.url}/list` },
      pagination: { type: 'next_url', next_url_field: 'next' },
      response: { data_path: '$.items' },
    },
  }
  const whole = await readSource(config, { credentials })
  assert.equal(whole.records.length, 3)
  const kept = JSON.stringify([whole.checkpoints, whole.origins, whole.notices])
  assert.ok(!kept.includes('issued/token') && !kept.includes('issued%2Ftoken'), kept)
  const rest = await readSource(config, { credentials, checkpoint: whole.checkpoints[0]! })
  assert.deepEqual(rest.records, [{ id: 2 }, { id: 3 }])
  failing = true
  const fault = await faultOf(() => readSource(config, { credentials }))
  assert.ok(!`${fault.message} ${fault.stack}`.includes('issued/token'), fault.message)
})

test('OAUTH2: how client id and secret travel, and by which method', async () => {
  const basic = `Basic ${Buffer.from('app:app-secret').toString('base64')}`
  const header = await asked(oauth2({}), granted)
  assert.equal(header.login.headers.authorization, basic)
  assert.equal(header.list.headers.authorization, 'Bearer issued-token')
  for (const key of ['oauth2.client.auth.scheme', 'vendor.auth_scheme']) {
    const form = new URLSearchParams((await asked(oauth2({ [key]: 'form' }), granted)).login.body)
    assert.deepEqual([form.get('client_id'), form.get('client_secret')], ['app', 'app-secret'])
    const { login } = await asked(oauth2({ [key]: 'query' }), granted)
    assert.equal(login.url.searchParams.get('client_secret'), 'app-secret')
    assert.ok(!login.body.includes('app-secret') && login.headers.authorization === undefined)
  }
  const { login } = await asked(oauth2({ 'oauth2.access.token.method': 'GET' }), granted)
  assert.deepEqual([login.method, login.url.searchParams.get('grant_type')], ['GET', 'client_credentials'])
})

test('OAUTH2: more parameters, fields and headers of the token call; scopes; the word before the token', async () => {
  const { login, list } = await asked(
    oauth2({
      'oauth2.token_url.token_url_params': 'tenant=7&a=b',
      'oauth2.auth.body': '{"audience": "api"}',
      'oauth2.auth.headers': 'X-Tenant:7,X-Other:a,b',
      'vendor.scopes': 'read,write',
      'oauth2.token.type.override': 'Token',
    }),
    granted,
  )
  assert.deepEqual([login.url.searchParams.get('tenant'), login.url.searchParams.get('a')], ['7', 'b'])
  const form = new URLSearchParams(login.body)
  assert.deepEqual([form.get('audience'), form.get('scope')], ['api', 'read write'])
  assert.deepEqual([login.headers['x-tenant'], login.headers['x-other']], ['7', 'a,b'])
  assert.equal(list.headers.authorization, 'Token issued-token')
  const typed = await asked(oauth2({ 'vendor.token_type': 'OAuth' }), granted)
  assert.equal(typed.list.headers.authorization, 'OAuth issued-token')
})

test('OAUTH2: tokens of the credential come first, and are renewed at the refresh URL', async () => {
  for (const key of ['oauth2.access.token', 'vendor.access_token']) {
    const { login, list } = await asked(oauth2({ [key]: 'given-token' }), granted)
    assert.deepEqual([login, list.headers.authorization], [undefined, 'Bearer given-token'])
  }
  await using server = await scriptedServer(({ url, headers }) => {
    if (url.pathname === '/renew') return { body: { access_token: 'renewed-token' } }
    return headers.authorization === 'Bearer renewed-token' ? { body: { items: [{ id: 1 }] } } : { status: 401 }
  })
  const { records } = await readSource(list(server.url), {
    credentials: oauth2({
      'oauth2.access.token.url': `${server.url}/login`,
      'vendor.refresh_url': `${server.url}/renew`,
      'vendor.access_token': 'old-token',
      'vendor.refresh_token': 'refresh-1',
    }),
  })
  assert.deepEqual(records, [{ id: 1 }])
  const renewal = server.seen.find(({ url }) => url.pathname === '/renew')!
  assert.equal(new URLSearchParams(renewal.body).get('refresh_token'), 'refresh-1')
})

test('OAUTH2: a token that others made end before it was used is renewed again; one that is refused from the start, once', async () => {
  const until = async (good: (renewals: number, page: number) => boolean) => {
    let renewals = 0
    await using server = await scriptedServer(({ url }) => {
      if (url.pathname === '/renew')
        return { body: { access_token: `token-${++renewals}`, refresh_token: `next-${renewals}` } }
      const page = Number(url.searchParams.get('page'))
      return good(renewals, page) ? { body: { items: page > 2 ? [] : [{ id: page }] } } : { status: 401 }
    })
    const credentials = oauth2({ 'oauth2.access.token.url': `${server.url}/renew`, 'vendor.refresh_token': 'first' })
    const step = { method: 'GET', 'iteration.type': 'paging.incrementing', 'param.id': 'page' }
    const config = {
      'rest.iterations': [{ ...step, key: 'one', 'url.template': server.url, 'response.data.path': '$.items' }],
    }
    const read = readSource(config, { credentials })
    return { read: await read.catch((error: unknown) => error), renewals }
  }
  const late = await until((renewals, page) => page === 1 || renewals === 4)
  assert.deepEqual([(late.read as { records: unknown[] }).records?.length, late.renewals], [2, 4], String(late.read))
  const wrong = await until(() => false)
  assert.match(String(wrong.read), /401/)
  assert.equal(wrong.renewals, 2, 'the first token, and one in its place')
})

for (const [name, more, answerOf] of [
  ['vendor.token_expires_in', { 'vendor.token_expires_in': 1 }, () => ({})],
  [
    'vendor.has_token_expiration_ts',
    { 'vendor.has_token_expiration_ts': true },
    () => ({ expires_at: new Date(Date.now() + 1000).toISOString() }),
  ],
] as const)
  test(`OAUTH2: a token is renewed early by ${name}, also after a wait that the service asked for`, async () => {
    let logins = 0
    let refused = false
    await using server = await scriptedServer(({ url, headers }) => {
      if (url.pathname === '/login') return { body: { access_token: `token-${++logins}`, ...answerOf() } }
      // The wait is longer than the token lives: the request after it must carry a fresh one, and never meets a 401.
      if (!refused) {
        refused = true
        return { status: 429, headers: { 'retry-after': '1' } }
      }
      assert.equal(headers.authorization, `Bearer token-${logins}`)
      return { body: { items: [{ id: 1 }] } }
    })
    await readSource(list(server.url), {
      credentials: oauth2({ 'oauth2.access.token.url': `${server.url}/login`, ...more }),
    })
    assert.equal(logins, 2)
    assert.ok(server.seen.every(({ headers }) => headers.authorization !== undefined))
  })

const keys = {
  RS: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
}
const secret = 'a-secret-of-at-least-64-characters-so-that-every-HS-algorithm-takes-it!!'

for (const algorithm of 'HS256 HS384 HS512 RS256 RS384 RS512 ES256 ES384 ES512 PS256 PS384 PS512'.split(' '))
  test(`JWT ${algorithm} verifies`, async () => {
    const pair = /^[RP]S/.test(algorithm) ? keys.RS : keys[algorithm as 'ES256']
    const shared = algorithm.startsWith('HS')
    const { list: seen } = await asked({
      'jwt.enabled': true,
      'jwt.algorithm': algorithm,
      'jwt.secret': shared ? secret : pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'jwt.claim.scope': 'read',
      'jwt.claim.audience': 'api',
      'jwt.claim.issuer': 'leat',
      'jwt.claim.expiration.sec': 120,
      'jwt.token.header': 'X-Jwt',
      'jwt.token.header.type': 'JWT',
    })
    const sent = String(seen.headers['x-jwt'])
    assert.ok(sent.startsWith('JWT '))
    const key = shared ? new TextEncoder().encode(secret) : pair.publicKey
    const { payload } = await jwtVerify(sent.slice(4), key, {
      audience: 'api',
      issuer: 'leat',
      algorithms: [algorithm],
    })
    assert.deepEqual([payload['scope'], payload.exp! - payload.iat!], ['read', 120])
  })

test('JWT NONE is not signed, and may go into the URL', async () => {
  const { list: seen } = await asked({
    'jwt.enabled': true,
    'jwt.algorithm': 'NONE',
    'jwt.claim.issuer': 'leat',
    'jwt.token.include.mode': 'URL_PARAMETER',
    'jwt.token.url.parameter': 'assertion',
  })
  assert.equal(UnsecuredJWT.decode(seen.url.searchParams.get('assertion')!).payload.iss, 'leat')
})

test('JWT: exchanged for a token, with body, content type, format, path and the path of its type', async () => {
  const { login, list: seen } = await asked(
    {
      'jwt.enabled': true,
      'jwt.secret': secret,
      'jwt.auth.url': 'SERVER/login',
      'jwt.auth.body': '{"jwt": "{token}"}',
      'jwt.auth.content.type': 'application/json',
      'jwt.auth.response.format': 'json',
      'jwt.auth.token.path': '$.result.value',
      'jwt.auth.token.type.path': '$.result.kind',
    },
    { '/login': { body: { result: { value: 'swapped', kind: 'Session' } } } },
  )
  assert.equal(login.headers['content-type'], 'application/json')
  await jwtVerify((JSON.parse(login.body) as { jwt: string }).jwt, new TextEncoder().encode(secret))
  assert.equal(seen.headers.authorization, 'Session swapped')
})

test('HMAC: the standard recipe, and one that signs into parameters, in Base64 itself', async () => {
  const standard = await asked({ 'hmac.enabled': true, 'hmac.api.key': 'k1', 'hmac.api.secret': 'hmac-secret' })
  assert.equal(standard.list.headers['x-api-key'], 'k1')
  assert.match(String(standard.list.headers['x-signature']), /^[0-9a-f]{64}$/)
  const recipe = { sign: '{method}{path}', headers: {}, params: { sig: '{signature}', key: '{key}' } }
  const { url } = (
    await asked({
      'hmac.enabled': true,
      'hmac.api.key': 'k1',
      'hmac.api.secret': 'hmac-secret',
      'hmac.func': Buffer.from(JSON.stringify(recipe)).toString('base64'),
    })
  ).list
  assert.match(url.searchParams.get('sig') ?? '', /^[0-9a-f]{64}$/)
  const scala = Buffer.from('def sign(s: String) = s').toString('base64')
  const fault = await faultOf(() =>
    asked({ 'hmac.enabled': true, 'hmac.api.secret': 'hmac-secret', 'hmac.func': scala }),
  )
  assert.deepEqual([fault.kind, fault.field], ['config', 'hmac.func'])
})

test('request.headers of the credential are added to every request, and skip.validation and the test request do what they say', async () => {
  const { list: seen } = await asked({ 'request.headers': 'X-One: 1,X-Two: a,b' })
  assert.deepEqual([seen.headers['x-one'], seen.headers['x-two']], ['1', 'a,b'])
  await using server = await scriptedServer(() => ({ status: 500 }))
  const { rest } = await import('../src/rest.connector.ts')
  const check = async (credentials: JsonObject): Promise<void> => {
    const driver = await rest.load()
    await using connection = await driver.connect(credentials, {
      allowedFolders: [],
      signal: AbortSignal.timeout(60_000),
    })
    await connection.check()
  }
  const test = {
    'test.url': `${server.url}/ping`,
    'test.method': 'POST',
    'test.content.type': 'application/xml',
    'test.body': '<ping/>',
  }
  await check({ ...test, 'skip.validation': true })
  assert.equal(server.seen.length, 0)
  await assert.rejects(check(test))
  const [ping] = server.seen
  assert.deepEqual([ping?.method, ping?.headers['content-type'], ping?.body], ['POST', 'application/xml', '<ping/>'])
})
