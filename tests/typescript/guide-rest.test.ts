import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { CredentialCreate, NexlaClient, SourceCreate, SourceType } from '@leat/sdk'
import { startPlatform } from '../../tools/platform.ts'

const token = 'crm-token-77aa'
const count = 250
const pageSize = 100

/** Contacts in pages; `next_page` is a cursor. */
async function crm() {
  const seen: { since: string | null; cursor: string | null }[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://crm')
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end()
    seen.push({ since: url.searchParams.get('updated_after'), cursor: url.searchParams.get('next_page') })
    const from = Number(url.searchParams.get('next_page') ?? 0)
    const next = from + pageSize < count ? String(from + pageSize) : null
    const records = Array.from(
      { length: Math.min(pageSize, count - from) },
      (_, n) => `{"id":${9007199254740993n + BigInt(from + n)},"name":"contact ${from + n}"}`,
    )
    response.writeHead(200, { 'content-type': 'application/json' })
    return response.end(`{"total":${count},"data":[${records.join(',')}],"next_page":${JSON.stringify(next)}}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('PROMISE-GUIDE-REST-TS the guide’s REST example runs from the TypeScript SDK and ends complete', async () => {
  await using api = await crm()
  await using platform = await startPlatform()
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const crm_cred = await client.credentials.create(
    CredentialCreate({ name: 'CRM token', credentials_type: 'rest', credentials: { token } }),
  )
  const api_source = await client.sources.create(
    SourceCreate({
      name: 'CRM Contacts API',
      source_type: SourceType.REST,
      ingest_method: 'POLL',
      data_credentials_id: crm_cred.id,
      template_config: {
        request: {
          method: 'GET',
          url: `${api.url}/v1/contacts`,
          headers: { Authorization: 'Bearer ${CREDENTIAL.token}' },
          query_params: { updated_after: '${LAST_SUCCESS_AT}' },
        },
        pagination: { type: 'cursor', cursor_field: 'next_page' },
      },
    }),
  )
  await client.sources.activate(api_source.id)
  const nexset = (await client.nexsets.list()).find((candidate) => candidate.data_source_id === api_source.id)
  assert.ok(nexset, 'the nexset is there right after activation')
  const run = await until(async () => {
    const [newest] = await client.sources.runs(api_source.id)
    return newest?.status === 'DONE' ? newest : null
  })
  assert.deepEqual([run.records_written, run.verdict?.outcome, run.verdict?.expected], [count, 'complete', count])
  assert.deepEqual(
    api.seen.map(({ cursor }) => cursor),
    [null, '100', '200'],
  )
})

async function until<T>(what: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const value = await what()
    if (value !== null) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('not reached within 60 s')
}
