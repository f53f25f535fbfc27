"""What figures are made with: house style, words, labelled axes, lines, the ground of maps, and saving."""
