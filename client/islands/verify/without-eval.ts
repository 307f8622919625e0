// zod tries whether it may make functions from text, which our pages forbid and a browser then complains about. It asks this
// before any schema is made, so this file is imported before all others.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })
