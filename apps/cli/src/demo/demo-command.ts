import { join, resolve } from 'node:path'
import { NexlaClient, type RunDetail } from '@leat/sdk'
import type { Command } from 'commander'
import { dataFolder } from '../connection.ts'
import { numberFlag, type World } from '../context.ts'
import { bytes, count, seconds } from '../format.ts'
import { Output } from '../output.ts'
import { type FlowResult, runDemoFlow } from './demo-flow.ts'
import { type DemoFolder, openDemoFolder } from './demo-folder.ts'
import { DemoServer } from './demo-server.ts'
import { demoSettings, type DemoSettings } from './demo-settings.ts'
import { generateOrders, type Generated } from './generate.ts'
import { ProgressBar } from './progress-bar.ts'
import { styleFor, summarise, summaryLines } from './summary.ts'

interface Flags {
  readonly rows: number
  readonly data?: string
  readonly json?: boolean
  readonly keep?: boolean
}

/** `leat demo`: a server of its own, a million orders, one flow, what arrived. */
export function demoCommand(program: Command, world: World): void {
  program
    .command('demo')
    .description('make a million nested orders, run a flow on them, and show what arrived')
    .addOption(numberFlag('--rows <n>', 'number of orders', 1_000_000))
    .option(
      '--data <folder>',
      'folder for everything; a new one, or that of an earlier demo, which is emptied (default: demo in LEAT_DATA, else leat-data/demo)',
    )
    .option('--keep', 'leave the server running')
    .option('--json', 'end with one JSON line')
    .action((flags: Flags) =>
      demo(flags, world).catch((thrown: unknown) => {
        if (world.signal.aborted) world.streams.stderr.write('Interrupted. What was started has been stopped.\n')
        throw thrown
      }),
    )
}

async function demo(flags: Flags, world: World): Promise<void> {
  const output = new Output(world.streams, flags.json ?? false)
  const settings = demoSettings(world.env)
  const folder = await openDemoFolder(resolve(flags.data ?? join(dataFolder(world.env), 'demo')))
  const progress = new ProgressBar(world.streams.stderr)
  output.note(
    'Leat demo: a folder of nested JSON orders becomes a nexset, is flattened, renamed and filtered, and lands in Parquet.\n',
  )
  if (settings.unused.length > 0)
    output.note(`Not used, because the demo has its own: ${settings.unused.join(', ')}.\n`)
  const { made, server } = await prepare(folder, flags.rows, settings, world, progress)
  try {
    const client = new NexlaClient({ service_key: server.service_key, base_url: server.url })
    const flow = await moveOrders(client, folder, made, world, progress)
    progress.end()
    const summary = await summarise(made, flow, folder, server.url)
    if (flags.keep) server.keep()
    if (output.json) output.value(summary)
    else {
      const style = styleFor(world.streams.stdout)
      for (const line of summaryLines(summary, flags.keep ? server.pid : undefined, style)) output.line(line)
    }
    if (!summary.correct) throw new Error('What arrived is not what was made: see "expected" above.')
  } finally {
    progress.end()
    await server[Symbol.asyncDispose]()
  }
}

/** The server starts while the orders are made. When one of the two fails, the other is ended as well. */
async function prepare(
  folder: DemoFolder,
  rows: number,
  settings: DemoSettings,
  world: World,
  progress: ProgressBar,
): Promise<{ made: Generated; server: DemoServer }> {
  const failed = new AbortController()
  const signal = AbortSignal.any([world.signal, failed.signal])
  const abortOther = (error: unknown): never => {
    failed.abort(error)
    throw error
  }
  const making = generateOrders(folder.input, rows, {
    signal,
    progress: (lines) => progress.show(`Making ${count(rows)} orders`, lines / rows),
  }).catch(abortOther)
  const starting = DemoServer.start(folder, settings, signal).catch(abortOther)
  const [made, server] = await Promise.allSettled([making, starting])
  if (made.status === 'fulfilled' && server.status === 'fulfilled') {
    progress.show('Server ready', undefined, server.value.url)
    return { made: made.value, server: server.value }
  }
  if (server.status === 'fulfilled') await server.value[Symbol.asyncDispose]()
  progress.end()
  throw failed.signal.reason
}

async function moveOrders(
  client: NexlaClient,
  folder: DemoFolder,
  made: Generated,
  world: World,
  progress: ProgressBar,
): Promise<FlowResult> {
  const began = performance.now()
  const step = `Moving ${bytes(made.bytes)}`
  progress.show(step, 0)
  return runDemoFlow(client, folder, {
    signal: world.signal,
    progress: (run) => progress.show(step, shareOf(run), `${seconds(performance.now() - began)}${retryOf(run)}`),
  })
}

/** Reading, deriving and delivering each count for a third. */
function shareOf(run: RunDetail): number {
  if (run.followers_caught_up && run.status === 'DONE') return 1
  const read = run.bytes_total === 0 ? 0 : run.bytes_done / run.bytes_total
  const followers = run.nodes.filter((node) => node.resource_type !== 'data_sources' && node.records_read > 0)
  const passed = followers.filter((node) => node.caught_up).length
  return Math.min(0.99, (read * 1 + (followers.length === 0 ? 0 : (2 * read * passed) / followers.length)) / 3)
}

function retryOf({ problem, next_retry_at }: RunDetail): string {
  return problem && next_retry_at ? `  ${problem.message} Trying again.` : ''
}
