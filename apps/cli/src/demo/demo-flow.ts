import { DestinationCreate, FlowError, type NexlaClient, NexsetCreate, type RunDetail, SourceCreate } from '@leat/sdk'
import { setTimeout as pause } from 'node:timers/promises'
import type { DemoFolder } from './demo-folder.ts'

export interface FlowResult {
  readonly source_id: number
  readonly nexset_id: number
  readonly destination_id: number
  readonly run: RunDetail
  readonly records_read: number
  readonly records_delivered: number
  readonly filtered: number
  readonly quarantined: number
  /** From the activation of the source until the destination has everything. */
  readonly seconds: number
}

/** One row for each line item of an order that was not cancelled, with its total. */
const transform = {
  version: 1 as const,
  operations: [
    { operation: 'flatten', path: 'line_items', alias: 'item' },
    { operation: 'rename', fields: { 'item.sku': 'sku', 'item.qty': 'qty' } },
    { operation: 'compute', expression: 'qty * item.unitPrice', as: 'line_total' },
    { operation: 'filter', condition: "status != 'CANCELLED'" },
  ],
}

/** The guide's flow: a folder of JSON, a nexset with a transform, Parquet. Returns when the destination has everything. */
export async function runDemoFlow(
  client: NexlaClient,
  folder: DemoFolder,
  { signal, progress }: { signal: AbortSignal; progress: (run: RunDetail) => void },
): Promise<FlowResult> {
  const strict = { strict: true, signal }
  const source = await client.sources.create(
    SourceCreate({
      name: 'Orders Ingest',
      source_type: 'local_file',
      source_config: { path: folder.input, file_format: 'json' },
    }),
    strict,
  )
  const began = performance.now()
  await client.sources.activate(source.id, { signal })
  const parent = await detectedNexset(client, source.id, signal)
  const nexset = await client.nexsets.create(
    NexsetCreate({ name: 'Order lines', parent_data_set_id: parent, has_custom_transform: true, transform }),
    strict,
  )
  const destination = await client.destinations.create(
    DestinationCreate({
      name: 'Orders Export',
      sink_type: 'local_file',
      data_set_id: nexset.id,
      sink_config: { path: folder.output, data_format: 'parquet', file_compression: 'snappy' },
    }),
    strict,
  )
  const { flows } = await client.flows.getByResource('data_sets', nexset.id, { flows_only: true }, { signal })
  await client.flows.activate(flows[0]?.id ?? source.id, { all: true }, { signal })
  const run = await finishedRun(client, source.id, signal, progress)
  const seconds = (performance.now() - began) / 1000
  return {
    source_id: source.id,
    nexset_id: nexset.id,
    destination_id: destination.id,
    run,
    seconds,
    ...sums(run, nexset.id, destination.id),
  }
}

/** Detection is asynchronous: activation answers after 5 s at the latest, found or not. */
async function detectedNexset(client: NexlaClient, source: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    for await (const nexset of client.nexsets.all({}, { signal }))
      if (nexset.data_source_id === source) return nexset.id
    const { problem } = await client.sources.get(source, {}, { signal })
    if (problem && !problem.retry_at) throw new FlowError(`The source failed: ${problem.message}`)
    await pause(200, undefined, { signal })
  }
}

async function finishedRun(
  client: NexlaClient,
  source: number,
  signal: AbortSignal,
  progress: (run: RunDetail) => void,
): Promise<RunDetail> {
  const [first] = await client.sources.runs(source, { per_page: 1 }, { signal })
  if (!first) throw new FlowError('The source was activated but has no run.')
  let last: RunDetail | undefined
  for await (const run of client.runs.watch(first.id, { interval_ms: 200, signal })) progress((last = run))
  if (last?.status !== 'DONE')
    throw new FlowError(`The run ended as ${last?.status}: ${last?.problem?.message ?? 'no reason given'}`)
  return last
}

function sums(run: RunDetail, nexset: number, destination: number) {
  const node = (type: string, id: number) => run.nodes.find((each) => each.resource_type === type && each.id === id)
  const derived = node('data_sets', nexset)
  const delivered = node('data_sinks', destination)
  return {
    records_read: run.records_read,
    records_delivered: delivered?.records_written ?? 0,
    filtered: derived?.records_filtered ?? 0,
    quarantined: run.records_refused + (derived?.records_refused ?? 0) + (delivered?.records_refused ?? 0),
  }
}
