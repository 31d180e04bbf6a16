import pg from 'pg'
import { OperatorSocket } from '@leat/connector-kit'

/** A connection of its own to the control database, not open yet: for what lives as long as the connection does (a lock, notifications). */
export function loneClient(url: string, name: string): pg.Client {
  return new pg.Client({
    connectionString: url,
    application_name: name,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    stream: () => new OperatorSocket(),
  })
}
