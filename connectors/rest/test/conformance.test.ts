import type { JsonObject } from '@leat/connector-kit'
import { conformance, type Conditions } from '@leat/connector-kit/conformance'
import { rest } from '../src/rest.connector.ts'
import { scriptedServer } from './scripted-server.ts'

// What the laws of sources and destinations ask (a tree of objects, staging) an API does not have: paging, resuming from any page, aborts and
// refused records have tests of their own beside this one.
conformance(rest, { peer: { kind: 'protocol fake', name: 'a scripted HTTP server' }, setup, parts: ['connection'] })

const user = 'me'
const password = 'right-secret-right-secret'
const allowed = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

async function setup(): Promise<Conditions> {
  const server = await scriptedServer(({ headers }) =>
    headers.authorization === allowed ? { body: [{ id: 1 }] } : { status: 401, body: { error: 'who are you?' } },
  )
  const login = (values: JsonObject): JsonObject => ({
    'auth.type': 'BASIC',
    'basic.username': user,
    'basic.password': password,
    'test.url': `${server.url}/me`,
    ...values,
  })
  return {
    credentials: login({}),
    badCredentials: [
      login({ 'basic.password': 'wrong-secret-wrong-secret' }),
      login({ 'basic.username': 'nobody_knows_me' }),
      login({ 'auth.type': 'API_KEY' }),
    ],
    openHandles: () => server.connections(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
