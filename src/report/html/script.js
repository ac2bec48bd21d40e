'use strict';
for (const table of document.querySelectorAll('table.data')) {
  const body = table.tBodies[0];
  const text = (row, at) => row.cells[at].dataset.sort ?? row.cells[at].innerText.trim();
  const value = (row, at) => Number(text(row, at).replaceAll(',', '').split(' ')[0]) || 0;
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    const number = head.classList.contains('number');
    button.addEventListener('click', () => {
      const last = head.getAttribute('aria-sort');
      const next = last ? (last === 'ascending' ? 'descending' : 'ascending') : number ? 'descending' : 'ascending';
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', next);
      const turn = next === 'ascending' ? 1 : -1;
      const compare = number
        ? (a, b) => value(a, at) - value(b, at)
        : (a, b) => { const [x, y] = [text(a, at), text(b, at)]; return x < y ? -1 : x > y ? 1 : 0; };
      body.replaceChildren(...[...body.rows].sort((a, b) => turn * compare(a, b)));
    });
  });
  if (body.rows.length < 6) continue;
  const tools = document.createElement('div');
  tools.className = 'tools';
  const input = document.createElement('input');
  input.type = 'search';
  input.placeholder = 'Filter these rows';
  input.setAttribute('aria-label', 'Filter these rows');
  const count = document.createElement('span');
  count.setAttribute('role', 'status');
  tools.append(input, count);
  table.closest('.scroll').before(tools);
  const texts = new Map([...body.rows].map((row) => [row, row.textContent.toLowerCase()]));
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? `${shown} of ${body.rows.length}` : '';
  });
}
