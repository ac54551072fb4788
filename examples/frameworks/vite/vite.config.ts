// Vite's dev server, which sends what begins with /api to a server of your own: server.ts
import { defineConfig } from 'vite'

export default defineConfig({
  server: {
    proxy: {
      '/api': { target: process.env.API_SERVER ?? 'http://localhost:3000', changeOrigin: true },
    },
  },
})
