import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { SnowflakeSession } from '../src/snowflake-session.ts'
import { snowflakeSettings } from '../src/snowflake-settings.ts'

/** A server that logs everybody in and answers every statement with `data`. */
async function serve(data: (sql: string) => object) {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = JSON.parse(await bodyOf(request)) as { sqlText?: string }
    const login = { token: 't', masterToken: 'm', sessionId: 1, parameters: [], sessionInfo: {} }
    const rows = { rowtype: [], rowset: [], total: 0, returned: 0, parameters: [], queryId: 'q', statementTypeId: 4096 }
    const given = request.url?.includes('login') ? login : { ...rows, ...data(asked.sqlText ?? '') }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ success: true, data: given, code: null, message: null }))
  }
  const server = createServer((...call) => void answer(...call)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
  const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  return text.toString() || '{}'
}

test('PROMISE-SNOWFLAKE-FILES: a server that is not Snowflake gets no file but those that it was to have, and writes none', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leat-hostile-'))
  const [ours, theirs, loot] = ['part-0.csv.gz', 'master-key', 'loot'].map((name) => path.join(folder, name))
  await writeFile(ours!, 'ours')
  await writeFile(theirs!, 'secret')
  let transfer: object = {}
  const server = await serve((sql) => (/^(PUT|GET)/.test(sql) ? transfer : {}))
  const access_url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const settings = snowflakeSettings({ account: 'a', username: 'u', password: 'p', access_url })
  try {
    await using session = await SnowflakeSession.open(settings, AbortSignal.timeout(30_000))
    const common = {
      autoCompress: false,
      sourceCompression: 'gzip',
      parallel: 1,
      overwrite: true,
      encryptionMaterial: null,
    }
    const local = { locationType: 'LOCAL_FS', location: loot }
    const cloud = { locationType: 'S3', location: 'b/p/', region: 'us-east-1', creds: {}, endPoint: '127.0.0.1:9' }
    for (const answer of [
      { command: 'UPLOAD', src_locations: [theirs], stageInfo: local },
      { command: 'UPLOAD', src_locations: [theirs], stageInfo: cloud },
      { command: 'UPLOAD', src_locations: [ours, theirs], stageInfo: cloud },
      { command: 'UPLOAD', src_locations: [path.join(folder, '*')], stageInfo: cloud },
      { command: 'UPLOAD', src_locations: [ours], stageInfo: local },
      { command: 'DOWNLOAD', src_locations: ['x'], localLocation: folder, stageInfo: local },
    ]) {
      transfer = { ...common, ...answer }
      await assert.rejects(
        session.rows(`PUT 'file://${ours}' @%"T"`),
        { code: 'snowflake.transfer_refused' },
        JSON.stringify(answer),
      )
    }
    assert.deepEqual((await readdir(folder)).toSorted(), ['master-key', 'part-0.csv.gz'])
  } finally {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  }
})
