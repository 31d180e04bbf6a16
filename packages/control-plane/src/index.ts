export { startEmbeddedPostgres, type EmbeddedPostgres } from './database/embedded-postgres.ts'
export { openDatabase, type Database, type DatabaseSettings, type OpenDatabase } from './database/connection.ts'
export { migrate } from './database/migrate.ts'
