import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { NexlaClient, SourceCreate } from '@leat/sdk'
import { startPlatform } from '../tools/platform.ts'
import { shown, spread } from './measure.ts'

const run = promisify(execFile)

interface Load {
  readonly perSecond: number
  readonly records: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

/** About 300 bytes, as an online shop would send them. */
function order(id: number): object {
  return {
    order_id: id,
    customer: `customer-${id % 1000}`,
    status: 'paid',
    total: '129.90',
    currency: 'EUR',
    created_at: '2026-11-23T08:15:00Z',
    note: 'Please leave the parcel with the neighbour on the second floor, thank you very much indeed.',
    items: [
      { sku: 'A-100', quantity: 2 },
      { sku: 'B-200', quantity: 1 },
    ],
  }
}

/** Rows of the table: acknowledged means durable, and the workers read the records into a nexset at the same time. */
export async function webhooks(
  work: string,
  runs: number,
  seconds = 8,
): Promise<readonly (readonly [string, string])[]> {
  const rows: (readonly [string, string])[] = []
  for (const [records, body] of [
    [1, JSON.stringify(order(1))],
    [100, JSON.stringify(Array.from({ length: 100 }, (_, index) => order(index)))],
  ] as const) {
    const file = join(work, `body-${records}.json`)
    await writeFile(file, body)
    const found: Load[] = []
    for (let index = 0; index < runs; index++) found.push(await oneLoad(file, records, seconds))
    const column = (name: keyof Load): string =>
      shown(spread(found.map((load) => load[name])), name[0] === 'p' && name !== 'perSecond' ? 1 : 0)
    const what = `${records === 1 ? 'one record' : `${records} records`} per request (${body.length} bytes)`
    rows.push(
      [`${what}: requests per second${records === 1 ? ' (at least 15,000)' : ''}`, column('perSecond')],
      [`${what}: records per second${records === 1 ? '' : ' (at least 400,000)'}`, column('records')],
      [`${what}: p50, ms`, column('p50')],
      [`${what}: p99, ms${records === 1 ? ' (under 25)' : ''}`, column('p99')],
      [`${what}: requests that failed`, column('failed')],
    )
  }
  return rows
}

async function oneLoad(file: string, records: number, seconds: number): Promise<Load> {
  await using platform = await startPlatform()
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const { id } = await client.sources.create(
    SourceCreate({ name: 'bench', source_type: 'nexla_rest', source_config: {} }),
  )
  await client.sources.activate(id)
  const source = await client.sources.get(id)
  const url = `${source.hosted_url}?api_key=${source.api_keys?.[0]?.api_key}`
  const args = [join(import.meta.dirname, 'webhook-load.ts'), url, file, '64', String(seconds), String(records)]
  const { stdout } = await run(process.execPath, args)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Load
}
