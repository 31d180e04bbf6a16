import type { Command } from 'commander'
import type { LogEntry } from '@leat/sdk'
import { setTimeout as pause } from 'node:timers/promises'
import { clientContext, type ClientContext, type ClientFlags, clientFlags, numberFlag, type World } from '../context.ts'
import { cell } from '../format.ts'
import { UsageError } from '../usage-error.ts'

interface Flags extends ClientFlags {
  readonly source?: number
  readonly flow?: number
  readonly run?: number
  readonly lines: number
  readonly follow?: boolean
}

/** `leat logs [-f]`: what flows logged, oldest line first. */
export function logsCommand(program: Command, world: World): void {
  const command = program.command('logs').description('what flows logged; all flows unless one is named')
  clientFlags(command)
    .option('-f, --follow', 'go on until Ctrl-C')
    .addOption(numberFlag('--source <id>', 'the flow of this source'))
    .addOption(numberFlag('--flow <id>', 'this flow'))
    .addOption(numberFlag('--run <id>', 'only this run'))
    .addOption(numberFlag('-n, --lines <n>', 'begin with at most this many lines of each flow', 50))
    .action(async (flags: Flags) => {
      if (flags.source !== undefined && flags.flow !== undefined)
        throw new UsageError('Give --source or --flow, not both.')
      await showLogs(flags, await clientContext(flags, world))
    })
}

async function showLogs(flags: Flags, context: ClientContext): Promise<void> {
  const { output, signal } = context
  const last = new Map<number, number>()
  for (;;) {
    // Asked for again each time: a flow that is made meanwhile shows up as well.
    const entries: LogEntry[] = []
    for (const flow of await flowIds(flags, context)) entries.push(...(await newEntries(flow, last, flags, context)))
    for (const entry of entries.toSorted((a, b) => a.timestamp - b.timestamp || a.id - b.id)) print(entry)
    if (!flags.follow) return
    await pause(1000, undefined, { signal })
  }

  function print(entry: LogEntry): void {
    if (output.json) return output.value(entry)
    const time = new Date(entry.timestamp).toISOString().replace('T', ' ').slice(0, 19)
    const run = entry.run_id ? ` run ${entry.run_id}` : ''
    const node = `${entry.resource_type.toLowerCase()} ${entry.resource_id}${run}`
    output.line(`${time}  ${entry.severity.padEnd(7)}  ${node.padEnd(30)}  ${cell(entry.log, 2000)}`)
  }
}

async function flowIds({ source, flow }: Flags, { client, signal }: ClientContext): Promise<number[]> {
  if (flow !== undefined) return [flow]
  const { flows } =
    source === undefined
      ? await client.flows.list({ flows_only: true }, { signal })
      : await client.flows.getByResource('data_sources', source, { flows_only: true }, { signal })
  return flows.map((node) => node.id)
}

async function newEntries(
  flow: number,
  last: Map<number, number>,
  { run, lines }: Flags,
  { client, signal }: ClientContext,
): Promise<LogEntry[]> {
  const after = last.get(flow)
  const query = { per_page: Math.min(lines, 1000), ...(run !== undefined && { run_id: run }) }
  const page = after === undefined ? query : { ...query, per_page: 1000, after_id: after }
  const { logs } = await client.flows.getFlowLogs(flow, page, { signal })
  last.set(flow, Math.max(after ?? 0, ...logs.data.map((entry) => entry.id)))
  return logs.data
}
