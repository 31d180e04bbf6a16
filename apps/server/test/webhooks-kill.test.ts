import assert from 'node:assert/strict'
import { mkdtemp, readdir } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../tools/platform.ts'
import { ApiClient } from './api-client.ts'
import { removeData } from './own-server.ts'
import { ServerProcess } from './server-process.ts'

const senders = 24
const kills = 4

test('PROMISE-WEBHOOK-KILL-9: a server killed again and again under load keeps every record that it acknowledged, once', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'leat-webhooks-kill-'))
  const port = String(await freePort())
  let server = new ServerProcess(['start', '--data', data, '--port', port, '--workers', '1'], {})
  t.after(async () => {
    await server.end('SIGTERM')
    await removeData(data)
  })
  let api = await ApiClient.open(server, data)
  const source = await api.webhook('orders')
  const url = `${source.hosted_url}?api_key=${source.api_keys[0]?.api_key}`

  const acknowledged = new Set<number>()
  let [sent, sending] = [0, true]
  const agent = new Agent({ keepAlive: true, maxSockets: senders })
  const send = async (): Promise<void> => {
    while (sending) {
      // Now one record, now many: both forms of body are in the files that the kill cuts.
      const ids = Array.from({ length: sent % 3 === 0 ? 20 : 1 }, () => sent++)
      const body = JSON.stringify(ids.length === 1 ? { id: ids[0] } : ids.map((id) => ({ id })))
      if ((await post(agent, url, body)) === 200) for (const id of ids) acknowledged.add(id)
      else await pause(50)
    }
  }
  const all = Array.from({ length: senders }, send)
  for (let kill = 0; kill < kills; kill++) {
    const before = acknowledged.size
    while (acknowledged.size < before + 2000) await pause(10)
    await server.end('SIGKILL')
    server = new ServerProcess(['start', '--data', data, '--port', port, '--workers', '1'], {})
    await server.address()
  }
  sending = false
  await Promise.all(all)
  agent.destroy()
  t.diagnostic(`${acknowledged.size} of ${sent} records were acknowledged, ${kills} servers were killed`)

  api = await ApiClient.open(server, data)
  const nexset = source.data_sets[0]!.id
  await api.rows(nexset, acknowledged.size)
  // Records that were durable before a kill cut off their answer count too: all have arrived when the inbox is empty. What was read is removed.
  while ((await readdir(join(data, 'inbox'))).length > 0) await pause(200)
  const found: number[] = []
  for (let from = 0; from < sent; from += 10_000)
    found.push(
      ...(await api.sql(`select id::int from nexset_${nexset} where id >= ${from} and id < ${from + 10_000}`)).map(
        ([id]) => Number(id),
      ),
    )
  const present = new Set(found)
  const lost = [...acknowledged].filter((id) => !present.has(id))
  assert.deepEqual(lost, [], 'acknowledged and lost')
  assert.equal(found.length, present.size, 'no record is there twice')
  await pause(1500)
  assert.deepEqual(await api.sql(`select count(*)::int from nexset_${nexset}`), [[found.length]])
})

/** The status, or 0 when the connection broke: then nobody knows. */
async function post(agent: Agent, url: string, body: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const call = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (answer) => {
    answer.on('error', () => resolve(0))
    answer.on('end', () => resolve(answer.complete ? (answer.statusCode ?? 0) : 0)).resume()
  })
  call.on('error', () => resolve(0))
  call.end(body)
  return promise
}
