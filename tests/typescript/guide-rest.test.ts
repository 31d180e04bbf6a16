import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CredentialCreate, NexlaClient, SourceCreate, SourceType } from '@leat/sdk'
import { startPlatform } from '../../tools/platform.ts'
import { settle } from '../../tools/settle.ts'
import { serveHttp } from '../../tools/testing/serve-http.ts'
import { until } from '../../tools/testing/until.ts'

const token = 'crm-token-77aa'
const count = 250
const pageSize = 100

const platform = await startPlatform()
after(() => platform.stop())
const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })

/** Contacts in pages; `next_page` is a cursor. */
async function crm() {
  const seen: { since: string | null; cursor: string | null }[] = []
  const server = await serveHttp((request, response) => {
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
  return { url: server.address, seen, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test('PROMISE-GUIDE-REST-TS the guide’s REST example runs from the TypeScript SDK and ends complete', async () => {
  await using api = await crm()
  await settle(platform)
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
  const run = await finished(api_source.id)
  assert.deepEqual([run.records_written, run.verdict?.outcome, run.verdict?.expected], [count, 'complete', count])
  assert.deepEqual(
    api.seen.map(({ cursor }) => cursor),
    [null, '100', '200'],
  )
})

test('PROMISE-REST-VERDICT every run says in its summary and its log whether all records came; an unchanged answer is not read again', async () => {
  await using server = await serveHttp((request, response) => {
    const unchanged = request.url === '/total' && request.headers['if-none-match'] === '"v1"'
    const total = request.url === '/total' ? 2 : request.url === '/short' ? 7 : undefined
    response.writeHead(unchanged ? 304 : 200, { 'content-type': 'application/json', etag: '"v1"' })
    response.end(unchanged ? undefined : JSON.stringify({ data: [{ id: 1 }, { id: 2 }], total }))
  })
  const logOf = async (source: number, run: number): Promise<string> => {
    const { logs } = await client.metrics.getFlowLogs('data_sources', source, { run_id: run })
    return logs.data.map(({ log }) => log).join('\n')
  }
  for (const [path, outcome, expected, says] of [
    ['total', 'complete', 2, /Run finished: complete/],
    ['untold', 'unknown', undefined, /Run finished: whether the 2 records are all cannot be told/],
    ['short', 'short', 7, /Run finished: short by 5: 2 of 7 records/],
  ] as const) {
    const source = await client.sources.create(
      SourceCreate({
        name: path,
        source_type: SourceType.REST,
        template_config: { request: { url: `${server.address}/${path}` } },
      }),
    )
    await client.sources.activate(source.id)
    const { verdict, id } = await finished(source.id)
    assert.deepEqual([verdict?.outcome, verdict?.received, verdict?.expected], [outcome, 2, expected])
    assert.match(await logOf(source.id, id), says)
    if (path !== 'total') continue
    const again = await client.sources.run(source.id)
    const second = await finished(source.id, again.id)
    assert.deepEqual([second.records_written, second.verdict?.outcome, second.verdict?.received], [0, 'complete', 0])
    assert.match(await logOf(source.id, second.id), /304 Not Modified/)
  }
})

/** The newest run, or the one that is asked for, once it is done. */
function finished(source: number, run?: number) {
  return until(async () => {
    const runs = await client.sources.runs(source)
    const wanted = run === undefined ? runs[0] : runs.find(({ id }) => id === run)
    return wanted?.status === 'DONE' ? wanted : null
  })
}
