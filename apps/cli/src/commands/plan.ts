import type { Command } from 'commander'
import { clientContext, type ClientFlags, clientFlags, type World } from '../context.ts'
import { count } from '../format.ts'

/** `leat plan`: what the next delivery of a destination would change. */
export function planCommand(program: Command, world: World): void {
  const command = program
    .command('plan <destination>')
    .description('what the next delivery would change: statements, and rows inserted, updated, left alone')
  clientFlags(command).action(async (destination: string, flags: ClientFlags) => {
    const { client, output, signal } = await clientContext(flags, world)
    const plan = await client.destinations.plan(Number(destination), { signal })
    const changes = plan.changes.map(({ what, ddl }) => ({ what, ddl: ddl ?? '' }))
    if (output.json) return output.value(plan)
    output.list(
      changes,
      [
        { title: 'CHANGE', of: (change) => change.what, longest: 100 },
        { title: 'STATEMENT', of: (change) => change.ddl, longest: 200 },
      ],
      'Nothing would change.',
    )
    const { rows, waiting, counted } = plan
    if (rows === null) return output.line(`${count(waiting)} records wait.`)
    output.line(
      `Of ${count(counted)} records (${count(waiting)} wait): ${count(rows.inserted)} inserted, ${count(rows.updated)} updated, ${count(rows.unchanged)} left alone, ${count(rows.refused)} refused.`,
    )
  })
}
