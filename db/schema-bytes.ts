import { customType } from 'drizzle-orm/sqlite-core'

/** A column of bytes, as `Uint8Array` whatever the driver gives. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array | ArrayBuffer }>({
  dataType: () => 'blob',
  fromDriver: (value) => new Uint8Array(value),
})
