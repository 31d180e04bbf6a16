import type { Batch, Connector, JsonObject, Rejection, Writer } from '@leat/connector-kit'
import { decodeRows } from '@leat/connector-kit/conformance'
import { mutant, over } from './mutate.ts'

/** A destination that keeps records and takes them as CSV files, as SQL databases do: the memory connector behind a reader of CSV. */
export const csvTable: Connector = asCsvTable(mutant({}))

/** The same over a connector with a defect. */
export function asCsvTable(connector: Connector): Connector {
  return {
    ...connector,
    sink: { ...connector.sink!, accepts: ['csv'] },
    load: async () => {
      const driver = await connector.load()
      return {
        connect: async (credentials, context) => {
          const inner = await driver.connect(credentials, context)
          return over(inner, {
            openWriter: async (request) => {
              const writer = await inner.openWriter!(request)
              return over<Writer>(writer, { write: (batch) => writeRows(writer, batch) })
            },
          })
        },
      }
    },
  }
}

async function writeRows(writer: Writer, batch: Batch): Promise<readonly Rejection[]> {
  if (batch.kind === 'rows') return writer.write(batch)
  const refused: Rejection[] = []
  for (const file of batch.files) {
    const text = Buffer.concat(await Array.fromAsync(file.open())).toString()
    const rows = decodeRows('csv', text) as readonly JsonObject[]
    refused.push(...(await writer.write({ kind: 'rows', schema: { fields: [] }, rows })))
  }
  return refused
}
