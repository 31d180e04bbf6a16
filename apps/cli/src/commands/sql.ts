import type { Command } from 'commander'
import { clientContext, type ClientFlags, clientFlags, numberFlag, type World } from '../context.ts'
import { count } from '../format.ts'
import { table } from '../table.ts'

/** `leat sql "<query>"` */
export function sqlCommand(program: Command, world: World): void {
  const command = program
    .command('sql')
    .description('read nexsets with SQL, e.g. "select status, count(*) from nexset_12 group by 1"')
  clientFlags(command)
    .argument('<query>', 'one SELECT; nexsets are nexset_<id>')
    .addOption(numberFlag('--limit <n>', 'at most this many rows', 100))
    .action(async (query: string, flags: ClientFlags & { limit: number }) => {
      const { client, output, signal } = await clientContext(flags, world)
      const result = await client.sql(query, { limit: flags.limit, signal })
      if (output.json) return output.value(result)
      const columns = result.columns.map(({ name, type }, index) => ({
        title: name,
        of: (row: unknown[]) => (row[index] === null ? 'NULL' : row[index]),
        right: /INT|DECIMAL|DOUBLE|FLOAT/.test(type) && !/[[(]|STRUCT|MAP/.test(type.replace(/^DECIMAL\([^)]*\)/, '')),
      }))
      for (const line of table(result.rows, columns)) output.line(line)
      const cutOff = result.truncated ? `, cut at --limit ${flags.limit}` : ''
      output.note(`(${count(result.row_count)} ${result.row_count === 1 ? 'row' : 'rows'}${cutOff})`)
    })
}
