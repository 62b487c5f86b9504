(async () => {
  const found = [];
  const words = (e) => e.textContent.trim().replace(/\s+/g, ' ').slice(0, 60);
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) {
    found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  }

  // Every piece of text that is shown: its element, and the boxes of its lines.
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || element.tagName === 'title' || !element.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = [...range.getClientRects()].filter((r) => r.width > 0);
    if (lines.length) texts.push({ element, node, lines });
  }

  for (const { element, lines } of texts) {
    for (const line of lines) {
      if (line.left < -0.5 || line.right > wide + 0.5) found.push(`beyond the edge: ${words(element)}`);
    }
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      const cuts = e.clientWidth && (style.overflowX !== 'visible' || style.textOverflow === 'ellipsis');
      if (cuts && e !== document.documentElement && e.scrollWidth > e.clientWidth + 1) {
        found.push(`cut off: ${words(element)}`);
      }
    }
  }

  // Lines of different texts that lie on each other.
  const all = texts.flatMap((t) => t.lines.map((line) => ({ ...t, line })));
  all.sort((a, b) => a.line.top - b.line.top);
  all.forEach((a, i) => {
    for (const b of all.slice(i + 1)) {
      if (b.line.top > a.line.bottom) break;
      if (a.node === b.node) continue;
      const across = Math.min(a.line.right, b.line.right) - Math.max(a.line.left, b.line.left);
      const down = Math.min(a.line.bottom, b.line.bottom) - Math.max(a.line.top, b.line.top);
      const least = Math.min(a.line.height, b.line.height);
      if (across > 2 && down > least / 2) found.push(`one on the other: ${words(a.element)} | ${words(b.element)}`);
    }
  });

  // A column that leaves room for a few letters only breaks words where no reader would.
  const least = 8;
  for (const cell of document.querySelectorAll('td, th, dd')) {
    if (!cell.checkVisibility() || cell.children.length > 1) continue;
    const longest = Math.max(0, ...cell.textContent.trim().split(/\s+/).map((w) => w.length));
    const size = parseFloat(getComputedStyle(cell).fontSize);
    const inside = cell.clientWidth - parseFloat(getComputedStyle(cell).paddingRight);
    if (inside < Math.min(longest, least) * size * 0.45) {
      found.push(`too narrow (${Math.round(inside)} px): ${words(cell)}`);
    }
  }

  // axe-core does not see the colours of drawn text: those against the page, or against the bar that it lies on.
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const text of document.querySelectorAll('svg text')) {
    if (!text.checkVisibility()) continue;
    const bar = text.classList.contains('on') && text.parentElement.querySelector('rect');
    const under = bar ? getComputedStyle(bar).fill : getComputedStyle(document.body).backgroundColor;
    const [one, other] = [light(getComputedStyle(text).fill), light(under)].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) found.push(`too pale: ${words(text)}`);
  }

  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  for (const { id, nodes } of violations) {
    for (const { html, failureSummary } of nodes) {
      found.push(`${id}: ${html.slice(0, 120)}: ${failureSummary.replace(/\s+/g, ' ')}`);
    }
  }
  return [...new Set(found)];
})()
