import type { Command } from 'commander'
import type { Source } from '@leat/sdk'
import { clientContext, type ClientFlags, clientFlags, numberFlag, take, type World } from '../context.ts'
import type { Column } from '../table.ts'

const columns: readonly Column<Source>[] = [
  { title: 'ID', of: (source) => source.id, right: true },
  { title: 'NAME', of: (source) => source.name, longest: 40 },
  { title: 'TYPE', of: (source) => source.source_type },
  { title: 'STATUS', of: (source) => source.status },
  { title: 'SCHEDULE', of: (source) => source.poll_schedule ?? source.source_config?.['start.cron'] },
  { title: 'NEXSETS', of: (source) => source.data_sets?.map((nexset) => nexset.id).join(', ') },
  {
    title: 'PROBLEM',
    of: (source) => source.problem && `${source.problem.code}: ${source.problem.message}`,
    longest: 80,
  },
]

/** `leat sources` */
export function sourcesCommand(program: Command, world: World): void {
  const command = program.command('sources').description('sources, their state and schedule')
  clientFlags(command)
    .addOption(numberFlag('--limit <n>', 'at most this many', 100))
    .action(async (flags: ClientFlags & { limit: number }) => {
      const { client, output, signal } = await clientContext(flags, world)
      output.list(await take(client.sources.all({}, { signal }), flags.limit), columns, 'No sources yet.')
    })
}
