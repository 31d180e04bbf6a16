import type Sdk from 'snowflake-sdk'
import { operatorHasProxy } from '@leat/connector-kit'
import { guardTransfers } from './guard-transfers.ts'

let loaded: Promise<typeof Sdk> | undefined

/**
 * snowflake-sdk, loaded on first use and made quiet. On import it would ask the addresses of cloud metadata services where it runs, and load
 * a native library that only counts platforms; both are switched off by these variables, which it reads while it is loaded.
 */
export function loadDriver(): Promise<typeof Sdk> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<typeof Sdk> {
  process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] ??= 'true'
  process.env['SNOWFLAKE_DISABLE_MINICORE'] ??= 'true'
  guardTransfers()
  const { default: sdk } = await import('snowflake-sdk')
  // Its own log would hold statements, and goes to a file in the working folder.
  sdk.configure({ logLevel: 'OFF', additionalLogToConsole: false, useEnvProxy: operatorHasProxy })
  return sdk
}
