import type { JsonObject } from '@leat/connector-kit'
import { decodeRows, type Conditions } from '@leat/connector-kit/conformance'
import { scriptedServer, type Answer, type Seen } from './scripted-server.ts'

const user = 'me'
const password = 'right-secret-right-secret'
const allowed = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const recordsPerPage = 50

/** Gives the records of its objects page by page, each page of one object, and takes posted records that have an id. */
export async function pagesByCursor(): Promise<Conditions> {
  const objects = new Map<string, Uint8Array>()
  const posted: string[] = []
  const server = await guarded(({ method, url, body }) => {
    if (method === 'GET') return { body: page(objects, url.searchParams.get('after')) }
    const [record] = decodeRows('ndjson', body)
    if ((record?.['id'] ?? null) === null) return { status: 422, body: { error: 'a record needs an id' } }
    posted.push(body)
    return { status: 201, body: {} }
  })
  return {
    ...server,
    source: {
      options: {
        template_config: {
          request: { url: `${server.url}/records` },
          pagination: { type: 'cursor', cursor_field: 'next', cursor_param: 'after' },
          response: { data_path: '$.items' },
        },
      },
      root: '',
      put: async (name, body) => void objects.set(name, body),
      pages: { bytes: false },
    },
    sink: {
      options: { 'url.template': `${server.url}/records` },
      rows: async () => posted.flatMap((body) => decodeRows('ndjson', body)),
      badRow: { name: 'no id' },
      differences: Object.fromEntries(
        ['nan', 'infinity', 'minus infinity'].map((name) => [
          `double/${name}`,
          { shown: null, because: 'JSON has no such number' },
        ]),
      ),
    },
  }
}

/** Lists the names of its objects, and gives each as a file. */
export async function filesOfList(): Promise<Conditions> {
  const objects = new Map<string, Uint8Array>()
  const server = await guarded(({ url }) => {
    if (url.pathname === '/records') return { body: [...objects.keys()].map((name) => ({ name })) }
    const body = objects.get(decodeURIComponent(url.pathname.slice('/files/'.length)))
    return body === undefined ? { status: 404 } : { body, headers: { 'content-type': 'application/octet-stream' } }
  })
  const step = (key: string, path: string, more: JsonObject): JsonObject => ({
    key,
    'url.template': `${server.url}${path}`,
    method: 'GET',
    ...more,
  })
  return {
    ...server,
    source: {
      options: {
        'rest.iterations': [
          step('step1', '/records', { 'iteration.type': 'static.url', 'response.data.path': '$[*]' }),
          step('step2', '/files/{step1.name}', {
            'iteration.type': 'body.as.file',
            'file.response.format': 'json',
          }),
        ],
      },
      root: '',
      put: async (name, body) => void objects.set(name, body),
      pages: {
        nameOf: (origin) => decodeURIComponent(origin.slice(origin.indexOf('/files/') + '/files/'.length)),
        bytes: true,
      },
    },
  }
}

/** A server that knows one user, and credentials for it. */
async function guarded(
  answer: (request: Seen) => Answer,
): Promise<Pick<Conditions, 'credentials' | 'badCredentials' | typeof Symbol.asyncDispose> & { url: string }> {
  const server = await scriptedServer((request) =>
    request.headers.authorization === allowed ? answer(request) : { status: 401, body: { error: 'who are you?' } },
  )
  const login = (values: JsonObject): JsonObject => ({
    'auth.type': 'BASIC',
    'basic.username': user,
    'basic.password': password,
    'test.url': `${server.url}/records`,
    ...values,
  })
  return {
    url: server.url,
    credentials: login({}),
    badCredentials: [
      login({ 'basic.password': 'wrong-secret-wrong-secret' }),
      login({ 'basic.username': 'nobody_knows_me' }),
      login({ 'auth.type': 'API_KEY' }),
    ],
    openHandles: () => server.connections(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  } as Conditions & { url: string }
}

function page(objects: ReadonlyMap<string, Uint8Array>, after: string | null): JsonObject | Buffer {
  const [object = 0, record = 0] = (after ?? '').split('.').map(Number)
  const body = [...objects.values()][object]
  if (body === undefined) return { items: [], next: null }
  const lines = linesOf(body)
  const end = record + recordsPerPage
  const next = end < lines.length ? `${object}.${end}` : object + 1 < objects.size ? `${object + 1}.0` : null
  return Buffer.from(`{"items":[${lines.slice(record, end).join(',')}],"next":${JSON.stringify(next)}}`)
}

const cut = new WeakMap<Uint8Array, readonly string[]>()

/** Cut once: the largest object has thousands of pages. */
function linesOf(body: Uint8Array): readonly string[] {
  const known = cut.get(body) ?? Buffer.from(body).toString().trimEnd().split('\n')
  cut.set(body, known)
  return known
}
