import type { Command } from 'commander'
import type { QuarantinedRecord, ResourceType } from '@leat/sdk'
import { clientContext, type ClientFlags, clientFlags, numberFlag, take, type World } from '../context.ts'
import { count } from '../format.ts'
import type { Column } from '../table.ts'
import { UsageError } from '../usage-error.ts'

interface Flags extends ClientFlags {
  readonly source?: number
  readonly nexset?: number
  readonly destination?: number
  readonly run?: number
  readonly limit: number
}

const columns: readonly Column<QuarantinedRecord>[] = [
  { title: 'ORIGIN', of: (record) => record.origin, longest: 48 },
  { title: 'RECORD', of: (record) => record.ordinal, right: true },
  { title: 'CODE', of: (record) => record.code },
  { title: 'REASON', of: (record) => record.reason, longest: 70 },
  { title: 'RAW', of: (record) => record.raw, longest: 60 },
]

/** `leat quarantine`: the records that were refused. */
export function quarantineCommand(program: Command, world: World): void {
  const command = program
    .command('quarantine')
    .description('records that were refused, with their origin and the reason')
  clientFlags(command)
    .addOption(numberFlag('--source <id>', 'only those of this source'))
    .addOption(numberFlag('--nexset <id>', 'only those of this nexset'))
    .addOption(numberFlag('--destination <id>', 'only those of this destination'))
    .addOption(numberFlag('--run <id>', 'only those of this run'))
    .addOption(numberFlag('--limit <n>', 'at most this many', 50))
    .action(async (flags: Flags) => {
      const query = { ...nodeOf(flags), ...(flags.run !== undefined && { run_id: flags.run }) }
      const { client, output, signal } = await clientContext(flags, world)
      const records = await take(client.quarantine.all(query, { signal }), flags.limit)
      output.list(records, columns, 'Nothing was refused.')
      if (output.json || records.length < flags.limit) return
      const { total } = await client.quarantine.list({ ...query, per_page: 1 }, { signal })
      if (total > records.length) output.note(`${count(total - records.length)} more: --limit ${total} shows all.`)
    })
}

function nodeOf({ source, nexset, destination }: Flags): { resource_type?: ResourceType; id?: number } {
  const given = [
    { resource_type: 'data_sources', id: source },
    { resource_type: 'data_sets', id: nexset },
    { resource_type: 'data_sinks', id: destination },
  ] as const
  const chosen = given.filter((each) => each.id !== undefined)
  if (chosen.length > 1) throw new UsageError('Give only one of --source, --nexset and --destination.')
  const [one] = chosen
  return one?.id === undefined ? {} : { resource_type: one.resource_type, id: one.id }
}
