import type { JsonObject } from '@leat/connector-kit'
import { fill } from './templates.ts'
import { credentialLookup } from './credential-values.ts'
import type { Method } from './draft.ts'
import { restFault } from './faults.ts'
import type { Requester } from './requester.ts'

/** Asks for the test URL as a run would ask for its pages. Without one, there is nothing that could be asked. */
export async function checkCredential(
  credentials: JsonObject,
  requester: Requester,
  signal: AbortSignal,
): Promise<void> {
  const address = credentials['test.url']
  if (credentials['skip.validation'] === true || typeof address !== 'string') return
  const scope = {
    credential: credentialLookup(credentials),
    lastSuccessAt: '1970-01-01T00:00:00Z',
    now: new Date(),
    steps: new Map(),
    dateFormat: undefined,
    dateUnit: undefined,
  }
  const url = URL.parse(fill(address, scope, 'test.url', 'url'))
  if (url === null || !/^https?:$/.test(url.protocol))
    throw restFault('url_invalid', { place: '"test.url"' }, { field: 'test.url' })
  const body = credentials['test.body']
  const type = String(credentials['test.content.type'] ?? 'application/json')
  const shape = { format: 'file', fileFormat: undefined, path: null, additional: undefined, guess: false } as const
  await requester.page(
    {
      method: String(credentials['test.method'] ?? 'GET') as Method,
      url,
      headers: { accept: '*/*', ...(typeof body === 'string' ? { 'content-type': type } : {}) },
      body: typeof body === 'string' ? fill(body, scope, 'test.body') : undefined,
    },
    shape,
    { signal },
  )
}
