import { z } from 'zod'
import type { ConfigSchema, Connector, Json, JsonObject } from './contract.ts'

/**
 * Everything that a connector says about itself, as JSON: the content of its committed `spec.json`, of the connector
 * list of the API and of the configuration reference. Options are closed JSON Schemas (draft 2020-12) with titles;
 * `secret: true` marks what is never shown. Loads no driver.
 */
export function describeConnector(connector: Connector): JsonObject {
  const {
    type,
    title,
    description,
    category,
    accepts_credentials,
    credentials,
    credentials_optional,
    aliases,
    source,
    sink,
  } = connector
  return defined({
    type,
    title,
    description,
    category,
    accepts_credentials,
    credentials: credentials === undefined ? undefined : configJsonSchema(credentials),
    credentials_optional,
    aliases: aliases as JsonObject | undefined,
    source:
      source && defined({ options: configJsonSchema(source.options), modes: source.modes, seekable: source.seekable }),
    sink:
      sink &&
      defined({
        options: configJsonSchema(sink.options),
        accepts: sink.accepts,
        delivery: sink.delivery,
        fences: sink.fences,
        staging: sink.staging,
        rejects_rows: sink.rejects_rows,
      }),
  })
}

/** What a client may send for a config schema: fields with a default are optional, unknown keys are not described. */
export function configJsonSchema(schema: ConfigSchema): JsonObject {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))) as JsonObject
}

function defined(entries: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, Json] => entry[1] !== undefined))
}
