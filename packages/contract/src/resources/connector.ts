import { z } from 'zod'
import { jsonObject } from '../values.ts'

/** Ours: the palette. Schemas are JSON Schema with `title`, `description` and `secret: true` on secrets. */
export const connectorInfo = z.object({
  type: z.string(),
  title: z.string(),
  description: z.string(),
  category: z.enum(['file', 'database', 'nosql', 'streaming', 'api', 'vector_db', 'special']),
  accepts_credentials: z.array(z.string()).optional(),
  /** Absent: needs no credential. */
  credentials: jsonObject.optional(),
  source: z.object({ options: jsonObject, modes: z.array(z.enum(['poll', 'push', 'stream'])) }).optional(),
  sink: z
    .object({
      options: jsonObject,
      accepts: z.array(z.string()),
      delivery: z.enum(['exactly_once', 'effectively_once', 'at_least_once']),
      fences: z.boolean().optional(),
      staging: z.enum(['durable', 'transaction']).optional(),
      rejects_rows: z.boolean().optional(),
    })
    .optional(),
})

export type ConnectorInfo = z.output<typeof connectorInfo>
