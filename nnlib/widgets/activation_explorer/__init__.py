"""An activation, its slope, and the slopes a layer sees (lesson 02)."""
