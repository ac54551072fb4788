import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type HeadConfig } from 'vitepress'
import type { SiteData } from '../build/sidebar.ts'
import { slugOf } from '../build/slug.ts'

const { description, nav, sidebar } = JSON.parse(readFileSync(new URL('../.generated/site.json', import.meta.url), 'utf8')) as SiteData

export default defineConfig({
  title: 'tokenwell',
  description,
  lang: 'en',
  srcDir: '.generated',
  outDir: 'dist',
  vite: {
    resolve: {
      // Pages are built from copies in another folder, so that they import components by `@site/…`; and the package by its name.
      alias: [
        { find: /^@site\//, replacement: fileURLToPath(new URL('../', import.meta.url)) },
        { find: /^tokenwell$/, replacement: fileURLToPath(new URL('../../src/index.ts', import.meta.url)) },
        { find: /^tokenwell\//, replacement: fileURLToPath(new URL('../../src/', import.meta.url)) },
      ],
    },
    // The index of the search is a chunk of its own, which is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2_000 },
  },
  // Not `head`, which leaves out the base.
  transformHead: ({ siteData: { base }, page }) => [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }],
    // Each page is also there as Markdown.
    ...(page === '404.md' ? [] : [['link', { rel: 'alternate', type: 'text/markdown', href: base + page }] satisfies HeadConfig]),
  ],
  markdown: {
    anchor: { slugify: slugOf },
    // The documents are written for GitHub: a brace is a brace there.
    attrs: { disable: true },
    config: ({ renderer: { rules } }) => {
      for (const name of ['text', 'code_inline'] as const) {
        const render = rules[name]
        rules[name] = (...of) => (render?.(...of) ?? '').replaceAll('{{', '&#123;&#123;')
      }
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
  },
  themeConfig: {
    logo: '/icon.svg',
    nav: [...nav],
    sidebar: sidebar as never,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // A guide says more about a word than the page of a name that has it.
            boostDocument: (id: string) =>
              id.includes('/not-exported/') ? 0.05 : /\/(reference|decisions)\/|\/(changelog|benchmarks)/.test(id) ? 0.3 : 1,
          },
        },
      },
    },
    footer: { message: 'MIT licence' },
  },
})
