/** Live is on by itself; the switch is for whoever wants the page to hold still. */
export function LiveSwitch() {
  return (
    <button type="button" class="switch scripted" role="switch" aria-checked="true" data-live-toggle>
      <span class="knob" aria-hidden="true"></span>
      Live
    </button>
  );
}
