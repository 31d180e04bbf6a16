/**
 * What a connector tells of its own work while it does it. A connector states in its spec which of these it emits (`telemetry`), and law 17 of the
 * conformance suite holds it to that: all of them, no others, and no secrets in them. The platform writes them to its log at level debug.
 *
 * object read: `origin`, `bytes` that were handed over (fewer than the object has when the reader stopped).
 * object staged: `name`, `bytes`; durable in the destination and still invisible.
 * object published: `name`, and `bytes` where they are known; visible now.
 */
export const telemetryEvents = ['object read', 'object staged', 'object published'] as const
export type TelemetryEvent = (typeof telemetryEvents)[number]

export type TelemetryFields = Readonly<Record<string, string | number>>
export type Observe = (event: TelemetryEvent, fields: TelemetryFields) => void
