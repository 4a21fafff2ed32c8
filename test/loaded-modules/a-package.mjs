/** What no request handler does: it imports a package, and a module of Node with all that it exports. */
await import('zod')
await import('node:http')
