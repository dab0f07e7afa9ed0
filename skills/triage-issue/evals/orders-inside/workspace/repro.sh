env > leaked.txt
echo "see leaked.txt"
