import type { Command } from 'commander'
import type { ConnectorInfo } from '@leat/sdk'
import { clientContext, type ClientFlags, clientFlags, type World } from '../context.ts'
import { table } from '../table.ts'
import { UsageError } from '../usage-error.ts'

const columns = [
  { title: 'TYPE', of: (connector: ConnectorInfo) => connector.type },
  { title: 'TITLE', of: (connector: ConnectorInfo) => connector.title },
  { title: 'CATEGORY', of: (connector: ConnectorInfo) => connector.category },
  { title: 'SOURCE', of: (connector: ConnectorInfo) => connector.source?.modes.join(', ') },
  { title: 'DESTINATION', of: (connector: ConnectorInfo) => connector.sink?.delivery },
]

/** `leat connectors [type]`: what the server can talk to; with a type, the keys of its configuration. */
export function connectorsCommand(program: Command, world: World): void {
  const command = program
    .command('connectors')
    .description('connectors of the server; with a type, the keys of its configuration')
  clientFlags(command)
    .argument('[type]')
    .action(async (type: string | undefined, flags: ClientFlags) => {
      const { client, output, signal } = await clientContext(flags, world)
      const all = await client.connectors.list({ signal })
      if (type === undefined) return output.list(all, columns, 'This server has no connectors.')
      const one = all.find((connector) => connector.type === type)
      if (!one)
        throw new UsageError(`There is no connector "${type}". There are: ${all.map((each) => each.type).join(', ')}.`)
      if (output.json) return output.value(one)
      for (const line of describe(one)) output.line(line)
    })
}

function describe(connector: ConnectorInfo): string[] {
  const parts = [
    ['credentials', connector.credentials],
    ['source_config', connector.source?.options],
    ['sink_config', connector.sink?.options],
  ] as const
  return [
    `${connector.title} (${connector.type}): ${connector.description}`,
    ...parts.flatMap(([name, schema]) =>
      schema ? ['', `${name}:`, ...keyTable(schema).map((line) => `  ${line}`)] : [],
    ),
  ]
}

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly description?: string
}

function keyTable(schema: Record<string, unknown>): string[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Property>)
  const required = new Set(schema.required as string[] | undefined)
  return table(properties, [
    { title: 'KEY', of: ([key]) => key },
    { title: 'TYPE', of: ([, { type, enum: choices }]) => choices?.join(' | ') ?? type, longest: 40 },
    { title: 'REQUIRED', of: ([key]) => (required.has(key) ? 'yes' : '') },
    { title: 'DEFAULT', of: ([, property]) => property.default, longest: 24 },
    { title: 'MEANING', of: ([, { description }]) => description, longest: 100 },
  ])
}
