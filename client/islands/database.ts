type Name = 'gongping' | 'gongping-drafts'

const stores: Readonly<Record<Name, string>> = { gongping: 'ballots', 'gongping-drafts': 'drafts' }

/** One request to a database of this device; undefined where there is none, or nothing was found. */
export function inDatabase<T>(
  name: Name,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const none = () => resolve(undefined)
    try {
      const opening = indexedDB.open(name, 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore(stores[name])
      opening.onerror = none
      opening.onsuccess = () => {
        // What throws in here reaches nobody else, and whoever waits would wait for ever.
        try {
          const request = act(opening.result.transaction(stores[name], mode).objectStore(stores[name]))
          request.onsuccess = () => resolve(request.result)
          request.onerror = none
        } catch {
          none()
        }
        opening.result.close()
      }
    } catch {
      none()
    }
  })
}
