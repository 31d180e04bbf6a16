import type { Command } from 'commander'
import { clientContext, type ClientContext, type ClientFlags, clientFlags, take, type World } from '../context.ts'
import { count } from '../format.ts'
import { table } from '../table.ts'
import { runColumns } from './run-columns.ts'

/** `leat status`: whether the server is well, and what is going on. */
export function statusCommand(program: Command, world: World): void {
  const command = program.command('status').description('whether the server is well, and what is going on')
  clientFlags(command).action(async (flags: ClientFlags) => {
    const context = await clientContext(flags, world)
    const { client, output, signal, url } = context
    const user = await client.users.getCurrent({ signal })
    const health = await readiness(context)
    const [sources, nexsets, destinations] = await Promise.all([
      byStatus(client.sources.all({}, { signal })),
      byStatus(client.nexsets.all({}, { signal })),
      byStatus(client.destinations.all({}, { signal })),
    ])
    const runs = await take(client.runs.all({}, { signal }), 5)
    const { name: org } = user.current_org ?? user.default_org
    if (output.json) return output.value({ url, health, user: user.email, org, sources, nexsets, destinations, runs })
    output.line(`${url}  ${health}`)
    output.line(`${user.email} in ${org}`)
    output.line(`sources: ${words(sources)}; nexsets: ${words(nexsets)}; destinations: ${words(destinations)}`)
    if (runs.length === 0) return
    output.line()
    for (const line of table(runs, runColumns)) output.line(line)
  })
}

/** `ready`, or what the server says is missing. */
async function readiness({ url, signal }: ClientContext): Promise<string> {
  const response = await fetch(new URL('/health/ready', url), { signal })
  return response.ok ? 'ready' : `not ready (${response.status}): ${(await response.text()).slice(0, 200)}`
}

async function byStatus(
  resources: AsyncIterable<{ readonly status?: string | null | undefined }>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for await (const { status } of resources) counts[status ?? 'none'] = (counts[status ?? 'none'] ?? 0) + 1
  return counts
}

function words(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([status, number]) => `${count(number)} ${status.toLowerCase()}`)
  return parts.join(', ') || 'none'
}
