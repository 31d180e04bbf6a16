import type { Command } from 'commander'
import { clientContext, type ClientFlags, clientFlags, type World } from '../context.ts'

/** `leat try`: the requests that a source would make. */
export function tryCommand(program: Command, world: World): void {
  const command = program
    .command('try <source>')
    .description('the requests that the next run of a source would begin with, without secrets; nothing is asked')
    .option('--sample', 'ask for real, and show the beginning of the answer; nothing is stored')
  clientFlags(command).action(async (source: string, flags: ClientFlags & { readonly sample?: boolean }) => {
    const { client, output, signal } = await clientContext(flags, world)
    const trial = await client.sources.try(Number(source), { sample: flags.sample === true }, { signal })
    if (output.json) return output.value(trial)
    for (const { step, method, url, headers, body, authentication } of trial.requests) {
      output.line(`${step}: ${method} ${url}`)
      for (const [name, value] of Object.entries(headers)) output.line(`  ${name}: ${value}`)
      if (authentication !== 'NONE') output.line(`  (${authentication} is added when it is sent)`)
      if (body !== null) output.line(`  ${body}`)
    }
    const { sample } = trial
    if (sample === null) return
    output.line(typeof sample.response === 'string' ? sample.response : JSON.stringify(sample.response, null, 2))
  })
}
