// Small things that several modules of the chat page share.

// Parses one element of server-rendered, sanitised HTML. Scripts in it never run.
export const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
};

export const newId = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // Not a secure context.
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

export const token = () => document.querySelector("#composer [name=csrfmiddlewaretoken]").value;

// Tells the server what was done with an answer. Lost signals are no loss to the customer.
export const signal = (turn, kind) => {
  const body = new URLSearchParams({ kind, event_id: newId() });
  const headers = { "X-CSRFToken": token() };
  fetch(`/t/${turn}/signal/`, { method: "POST", body, headers, keepalive: true }).catch(() => {});
};

// A form that goes as a page does, where scripts can't carry the question.
export const submitPlain = (action, fields) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.hidden = true;
  for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token() })) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
};
