// What is shown, and in which order. Pure.

const byName = (a, b) => a.site < b.site ? -1 : a.site > b.site ? 1 : a.device < b.device ? -1 : a.device > b.device ? 1 : 0;

export const worstFirst = (a, b) => a.rank - b.rank || byName(a, b);

/**
 * @param query words, all of which a box must have
 * @param severities a set; empty: all
 */
export function shown(boxes, query, severities) {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const kept = [];
  for (const box of boxes) {
    if (severities.size > 0 && !severities.has(box.severity)) continue;
    if (words.every((word) => box.haystack.includes(word))) kept.push(box);
  }
  return kept.sort(worstFirst);
}

/**
 * Rows of the map: sites worst first, under those that are open their boxes, under those their tunnels.
 *
 * @param boxes worst first
 * @param open names of sites, ids of boxes
 */
export function mapRows(boxes, open) {
  const sites = new Map();
  for (const box of boxes) {
    if (!sites.has(box.site)) sites.set(box.site, []);
    sites.get(box.site).push(box);
  }
  const rows = [];
  for (const [site, members] of sites) {
    const isOpen = open.has(site);
    rows.push({ kind: 'site', key: site, level: 1, site, boxes: members, open: isOpen });
    if (!isOpen) continue;
    for (const box of members) {
      const tunnels = box.health?.tunnels ?? [];
      const boxOpen = open.has(box.id);
      rows.push({ kind: 'box', key: box.id, level: 2, box, open: tunnels.length > 0 ? boxOpen : null });
      if (!boxOpen) continue;
      for (const tunnel of tunnels) rows.push({ kind: 'tunnel', key: `${box.id} ${tunnel.name}`, level: 3, box, tunnel, open: null });
    }
  }
  return rows;
}

/** Versions of agents in use, the most used first: { version, boxes }. */
export function versions(boxes) {
  const counts = new Map();
  for (const box of boxes) counts.set(box.version, (counts.get(box.version) ?? 0) + 1);
  return [...counts].map(([version, number]) => ({ version, boxes: number }))
    .sort((a, b) => b.boxes - a.boxes || (a.version < b.version ? 1 : -1));
}
